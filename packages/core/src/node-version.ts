/** The oldest Node with everything we need, such as `node:sqlite` without a flag and `Promise.withResolvers`. */
const oldest = { major: 22, minor: 18 }

/** @throws {Error} on an older Node, which would otherwise fail later with an unclear error. */
export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return
  throw new Error(`regotcha-feedback needs Node ${oldest.major}.${oldest.minor} or newer, this is ${version}`)
}

checkNode()
