/** The same by `require`. */
/** @type {Record<string, string[]>} */
const found = {}
for (const entry of process.argv.slice(2)) found[entry] = Object.keys(require(entry)).sort()
process.stdout.write(JSON.stringify(found))
