/** Why a file can't be used as the outbox, in a sentence for the user. */
export class UnfitError extends Error {}

const fixedIn = [
  [44, 6],
  [50, 7],
  [51, 3],
] as const

/**
 * Older versions can corrupt a WAL file that several processes share, https://sqlite.org/wal.html#walresetbug.
 * @throws {UnfitError}
 */
export function checkSqlite(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const isFixed = major > 3 || minor > 51 || fixedIn.some(([line, since]) => minor === line && patch >= since)
  if (isFixed) return
  throw new UnfitError(
    `SQLite ${version} can corrupt a file that processes share; upgrade Node.js (22.23 or 24.21 will do)`,
  )
}

/** Linux's magic numbers of file systems without locks or shared memory across machines. */
const unsafeFileSystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x65735546, 'FUSE or virtiofs'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x786f4256, 'a VirtualBox shared folder'],
])

/** @throws {UnfitError} */
export function checkFileSystem(type: number): void {
  const name = process.platform === 'linux' && unsafeFileSystems.get(type >>> 0)
  if (name) throw new UnfitError(`it lies on ${name}, where SQLite cannot share a file safely`)
}
