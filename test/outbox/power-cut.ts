/**
 * What a power cut leaves of a directory, from the journal of `faulty-libc.c`. After a cut only that is certain which was
 * there when a sync began that ended before the cut. Of what was written later, any part may be on the disk: each sector
 * of 512 bytes, each truncation, and the first few of the directory's changes, whose order a journaling file system keeps.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { openSqliteFile } from '../../packages/core/src/delivery/sqlite/sqlite-file.ts'

const sector = 512

export type Kind = 'write' | 'truncate' | 'fsync' | 'fdatasync' | 'synced' | 'create' | 'remove'
const kinds: Readonly<Record<string, Kind>> = {
  W: 'write',
  T: 'truncate',
  F: 'fsync',
  D: 'fdatasync',
  E: 'synced',
  C: 'create',
  U: 'remove',
}

export interface Entry {
  readonly kind: Kind
  readonly path: string
  /** Of a write or truncation; of a sync, which one. */
  readonly offset: number
  readonly data: Buffer
}

export function readJournal(file: string): Entry[] {
  const bytes = readFileSync(file)
  const entries: Entry[] = []
  for (let at = 0; at + 32 <= bytes.length; ) {
    const [kind = 0, offset = 0, pathLength = 0, length = 0] = [0, 8, 16, 24].map((i) =>
      Number(bytes.readBigInt64LE(at + i)),
    )
    const begin = at + 32 + pathLength
    const path = bytes.toString('utf8', at + 32, begin)
    entries.push({
      kind: kinds[String.fromCharCode(kind)] as Kind,
      path,
      offset,
      data: bytes.subarray(begin, begin + length),
    })
    at = begin + length
  }
  return entries
}

/** For each path the moment, as an index of the journal, before which all that happened to it is on the disk for certain. */
export function certainty(entries: readonly Entry[], isHonest: (sync: Entry) => boolean): Map<string, number> {
  const begun = new Map<number, number>()
  const certain = new Map<string, number>()
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === 'fsync' || entry.kind === 'fdatasync') if (isHonest(entry)) begun.set(entry.offset, index)
    if (entry.kind !== 'synced') continue
    const since = begun.get(entry.offset)
    if (since !== undefined) certain.set(entry.path, Math.max(since, certain.get(entry.path) ?? 0))
  }
  return certain
}

/** Writes into `directory` what may be left of the files when the power is cut after these entries. */
export function cutPower(
  entries: readonly Entry[],
  directory: string,
  { random = Math.random, isHonest = () => true }: { random?: () => number; isHonest?: (sync: Entry) => boolean } = {},
): void {
  const certain = certainty(entries, isHonest)
  // A hard cut loses all that is not certain, a soft one nothing; most are between.
  const share = [0, 0.2, 0.5, 0.8, 1][Math.floor(random() * 5)] ?? 0
  const isKept = (path: string, index: number) => index < (certain.get(path) ?? 0) || random() < share

  let names = new Map<string, number>()
  const contents = new Map<number, Content>()
  let isDirectoryOpen = true // until the first change to it that is lost
  const linked = new Map<string, number>()
  for (const [index, { kind, path, offset, data }] of entries.entries()) {
    if (kind === 'create') linked.set(path, index)
    if (kind === 'create' || kind === 'remove') {
      isDirectoryOpen &&= isKept(dirname(path), index)
      if (!isDirectoryOpen) continue
      names = new Map(names)
      if (kind === 'create') names.set(path, index)
      else names.delete(path)
    }
    const inode = linked.get(path)
    if (inode === undefined) continue
    const content = contents.get(inode) ?? { bytes: Buffer.alloc(4096), length: 0 }
    contents.set(inode, content)
    if (kind === 'truncate' && isKept(path, index)) resize(content, offset)
    if (kind !== 'write') continue
    for (let from = 0; from < data.length; ) {
      const to = Math.min(data.length, from + sector - ((offset + from) % sector))
      if (isKept(path, index)) {
        if (content.length < offset + to) resize(content, offset + to)
        data.copy(content.bytes, offset + from, from, to)
      }
      from = to
    }
  }
  mkdirSync(directory, { recursive: true })
  for (const [path, inode] of names) {
    const { bytes, length } = contents.get(inode) ?? { bytes: Buffer.alloc(0), length: 0 }
    writeFileSync(`${directory}/${basename(path)}`, bytes.subarray(0, length))
  }
}

interface Content {
  bytes: Buffer
  length: number
}

function resize(content: Content, length: number): void {
  if (length > content.bytes.length) content.bytes = Buffer.concat([content.bytes, Buffer.alloc(length)])
  content.bytes.fill(0, Math.min(length, content.length), Math.max(length, content.length))
  content.length = length
}

/**
 * The tasks in the order of their marks, each with the moment of it. Only those whose row was written by then: behind
 * another process's lock a row is in a spill file, which nobody said would survive a power cut.
 */
export function markedTasks(
  entries: readonly Entry[],
  marks: string,
): { readonly taskId: string; readonly at: number }[] {
  const written = new Set<string>()
  const marked: { taskId: string; at: number }[] = []
  for (const [at, { kind, path, data }] of entries.entries()) {
    if (kind !== 'write') continue
    const taskIds = data.toString('latin1').match(/task_[0-9a-f]{12}/g) ?? []
    if (path.endsWith('-wal')) for (const taskId of taskIds) written.add(taskId)
    if (path === marks) for (const taskId of taskIds) if (written.has(taskId)) marked.push({ taskId, at })
  }
  return marked
}

export interface Cuts {
  readonly cuts: number
  /** Feedback that a sync which ended before the cut had covered, all cuts together. */
  readonly promised: number
  readonly lost: number
  /** In how many cuts something was lost. */
  readonly losing: number
  /** Files that could not be opened, or not whole. */
  readonly broken: number
}

/** Cuts the power at random moments, and looks for what should have survived. */
export function cutPowerOften(
  entries: readonly Entry[],
  {
    marks,
    file,
    account,
    cuts,
    isHonest,
  }: {
    readonly marks: string
    readonly file: string
    readonly account: string
    readonly cuts: number
    readonly isHonest?: (sync: Entry) => boolean
  },
): Cuts {
  const tasks = markedTasks(entries, marks)
  const directory = `${dirname(file)}-after`
  let [promised, lost, losing, broken] = [0, 0, 0, 0]
  for (let i = 0; i < cuts; i++) {
    const until = entries.slice(0, Math.floor(Math.random() * (entries.length + 1)))
    const synced = certainty(until, () => true).get(`${file}-wal`) ?? 0
    const expected = tasks.filter(({ at }) => at < synced)
    cutPower(until, directory, { ...(isHonest && { isHonest }) })
    const missing = missingFrom(
      `${directory}/${basename(file)}`,
      account,
      expected.map(({ taskId }) => taskId),
    )
    rmSync(directory, { recursive: true })
    promised += expected.length
    if (missing === undefined) broken++
    else lost += missing
    if (missing) losing++
  }
  return { cuts, promised, lost, losing, broken }
}

/** How many of these tasks the outbox does not hold as reported; `undefined` when it does not open or is not whole. */
function missingFrom(file: string, account: string, taskIds: readonly string[]): number | undefined {
  try {
    const db = openSqliteFile(file, account, Number.POSITIVE_INFINITY)
    const missing = taskIds.filter((taskId) => db.find(taskId)?.valid !== true)
    db.close()
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const whole = new DatabaseSync(file)
    const check = whole.prepare('PRAGMA integrity_check').get()?.integrity_check
    whole.close()
    return check === 'ok' ? missing.length : undefined
  } catch {
    return undefined
  }
}
