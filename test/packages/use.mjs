/** Imports what it is told to, and prints what it got. */
/** @type {Record<string, string[]>} */
const found = {}
for (const entry of process.argv.slice(2)) found[entry] = Object.keys(await import(entry))
process.stdout.write(JSON.stringify(found))
