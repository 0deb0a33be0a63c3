/**
 * What a power cut leaves of a directory, according to the journal of `faulty-libc.c`. Only data that was there when a
 * successful sync began is certain to survive. Data that a sync failed to write is not written by a later sync, as on
 * Linux. Of everything else, any part may be on the disk: each sector of 512 bytes, each truncation, and the first few
 * changes of a directory, whose order a journaling file system keeps.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { openSqliteFile } from '../../packages/core/src/delivery/sqlite/sqlite-file.ts'
import { memory } from './memory.ts'

const sector = 512

export type Kind =
  | 'write'
  | 'truncate'
  | 'fsync'
  | 'fdatasync'
  | 'synced'
  | 'unsynced'
  | 'create'
  | 'mkdir'
  | 'remove'
  | 'rename'
const kinds: Readonly<Record<string, Kind>> = {
  W: 'write',
  T: 'truncate',
  F: 'fsync',
  D: 'fdatasync',
  E: 'synced',
  X: 'unsynced',
  C: 'create',
  M: 'mkdir',
  U: 'remove',
  R: 'rename',
}

export interface Entry {
  readonly kind: Kind
  readonly path: string
  /** The offset of a write or truncation; the number of a sync. */
  readonly offset: number
  /** The written data; the new path of a rename. */
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

type Honesty = (sync: Entry) => boolean

/** Changes of names belong to their directory, everything else to its file. */
const changes: readonly Kind[] = ['create', 'mkdir', 'remove', 'rename']
const placeOf = ({ kind, path }: Entry) => (changes.includes(kind) ? dirname(path) : path)

/** Which changes are certain to be on the disk. */
export function certainty(entries: readonly Entry[], isHonest: Honesty = () => true) {
  const begun = new Map<number, number>()
  const until = new Map<string, number>()
  const dropped = new Set<number>()
  for (const [index, entry] of entries.entries()) {
    const { kind, path, offset } = entry
    if ((kind === 'fsync' || kind === 'fdatasync') && isHonest(entry)) begun.set(offset, index)
    const since = begun.get(offset)
    if (since === undefined) continue
    if (kind === 'synced') until.set(path, Math.max(since, until.get(path) ?? 0))
    if (kind === 'unsynced') {
      for (let i = until.get(path) ?? 0; i < since; i++) if (placeOf(entries[i] as Entry) === path) dropped.add(i)
    }
  }
  return {
    /** The index in the journal before which all changes of a path are certain. */
    until: (path: string) => until.get(path) ?? 0,
    has: (index: number) => !dropped.has(index) && index < (until.get(placeOf(entries[index] as Entry)) ?? 0),
  }
}

export interface Cut {
  /** The directory's synced state when the journal began. */
  readonly root: string
  /** The directory to which the rest is written. */
  readonly directory: string
  readonly isHonest?: Honesty | undefined
  /**
   * How much of the uncertain data is on the disk: after a hard cut none of it, after a soft cut, or a kill, all of
   * it.
   */
  readonly share?: number | undefined
}

const anyShare = () => [0, 0.2, 0.5, 0.8, 1][Math.floor(Math.random() * 5)] ?? 0

/** Writes the files as they may be after a power cut following these entries. */
export function cutPower(entries: readonly Entry[], { root, directory, isHonest, share = anyShare() }: Cut): void {
  const certain = certainty(entries, isHonest)
  const isKept = (index: number) => certain.has(index) || Math.random() < share

  const names = new Map<string, number>()
  const directories = new Set([root])
  const contents = new Map<number, Content>()
  /** Directories that lost a change, and so all later ones. */
  const stale = new Set<string>()
  const linked = new Map<string, number>()
  for (const [index, entry] of entries.entries()) {
    const { kind, path, offset, data } = entry
    if (changes.includes(kind)) {
      const to = kind === 'rename' ? data.toString() : path
      const inode = kind === 'create' ? index : linked.get(path)
      if (inode !== undefined) linked.set(to, inode)
      if (!isKept(index)) stale.add(placeOf(entry))
      if (stale.has(placeOf(entry))) continue
      if (kind === 'mkdir') directories.add(path)
      if (kind === 'remove' || kind === 'rename') names.delete(path)
      if (inode !== undefined && (kind === 'create' || kind === 'rename')) names.set(to, inode)
    }
    const inode = linked.get(path)
    if (inode === undefined || (kind !== 'truncate' && kind !== 'write')) continue
    const content = contents.get(inode) ?? { bytes: Buffer.alloc(4096), length: 0 }
    contents.set(inode, content)
    if (kind === 'truncate' && isKept(index)) resize(content, offset)
    if (kind !== 'write') continue
    for (let from = 0; from < data.length; ) {
      const to = Math.min(data.length, from + sector - ((offset + from) % sector))
      if (isKept(index)) {
        if (content.length < offset + to) resize(content, offset + to)
        data.copy(content.bytes, offset + from, from, to)
      }
      from = to
    }
  }
  const isThere = (path: string): boolean => directories.has(path) && (path === root || isThere(dirname(path)))
  const place = (path: string) => directory + path.slice(root.length)
  for (const path of directories) if (isThere(path)) mkdirSync(place(path), { recursive: true })
  for (const [path, inode] of names) {
    if (!isThere(dirname(path))) continue
    const { bytes, length } = contents.get(inode) ?? { bytes: Buffer.alloc(0), length: 0 }
    writeFileSync(place(path), bytes.subarray(0, length), { mode: 0o600 })
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
 * The tasks in the order of their marks, each with its moment. Only tasks whose row was written by then: behind another
 * process's lock, a row is in a spill file, which is not guaranteed to survive a power cut.
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

export interface Recording {
  readonly entries: readonly Entry[]
  readonly root: string
  readonly marks: string
  readonly file: string
  readonly account: string
}

export interface Cuts {
  readonly cuts: number
  /** Feedback covered by a sync that ended before the cut, all cuts together. */
  readonly promised: number
  readonly lost: number
  /** In how many cuts something was lost. */
  readonly losing: number
  /** Files that could not be opened, or are incomplete. */
  readonly broken: number
}

/** Cuts the power at these moments, and checks what should have survived. */
export function cutPowerAt(
  moments: readonly number[],
  { entries, root, marks, file, account }: Recording,
  options: Pick<Cut, 'isHonest' | 'share'> = {},
): Cuts {
  const tasks = markedTasks(entries, marks)
  const directory = mkdtempSync(`${memory}/power-`)
  let [promised, lost, losing, broken] = [0, 0, 0, 0]
  for (const moment of moments) {
    const until = entries.slice(0, moment)
    const synced = certainty(until).until(`${file}-wal`)
    const expected = tasks.filter(({ at }) => at < synced).map(({ taskId }) => taskId)
    cutPower(until, { root, directory, ...options })
    const missing = missingFrom(directory + file.slice(root.length), account, expected)
    rmSync(directory, { recursive: true })
    promised += expected.length
    if (missing === undefined) broken++
    else lost += missing
    if (missing) losing++
  }
  return { cuts: moments.length, promised, lost, losing, broken }
}

/** The same at this many random moments. */
export const cutPowerOften = (cuts: number, recording: Recording, options?: Pick<Cut, 'isHonest' | 'share'>) =>
  cutPowerAt(
    Array.from({ length: cuts }, () => Math.floor(Math.random() * (recording.entries.length + 1))),
    recording,
    options,
  )

/** How many of these tasks the outbox does not have as reported; `undefined` if it does not open or is incomplete. */
export function missingFrom(file: string, account: string, taskIds: readonly string[]): number | undefined {
  try {
    const db = openSqliteFile(file, account, Number.POSITIVE_INFINITY)
    const missing = taskIds.filter((taskId) => db.find(taskId)?.valid !== true)
    db.close()
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    using whole = new DatabaseSync(file)
    return whole.prepare('PRAGMA integrity_check').get()?.integrity_check === 'ok' ? missing.length : undefined
  } catch {
    return undefined
  }
}
