/** The same by `require`. */
/** @type {Record<string, string[]>} */
const found = {}
for (const entry of process.argv.slice(2)) found[entry] = Object.keys(require(entry))
process.stdout.write(JSON.stringify(found))
