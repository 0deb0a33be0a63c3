/**
 * Reads a HAR: a large one piece by piece, so that a recording of any size takes the memory of what a predicate may ask
 * for, and no more.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { RegotchaFeedbackError } from '@regotcha-feedback/core'
import { JSONParser } from '@streamparser/json'
import { z } from 'zod'
import { type Exchange, entrySchema, exchangeOf, isOfPage } from './exchange.ts'

/** What was recorded, in the order in which it began. */
export interface Har {
  readonly recorder: string
  /** Whether a page of the recording is a tab; else it is what a tab loaded after another. */
  readonly hasTabs: boolean
  /** Whether the recorder may have left all cookies out, as Chrome's developer tools do unless told otherwise. */
  readonly lacksCookies: boolean
  readonly exchanges: readonly Exchange[]
  /** The last moment that it tells of. */
  readonly until: number
}

/** Something that `explain` was given and can't work with; its message is a sentence for the user. */
export class ExplainError extends RegotchaFeedbackError {
  override readonly name = 'ExplainError'
}

/** Why a file of a recording can't be read. */
export function unreadable(path: string, cause: unknown): ExplainError {
  const { code, message } = cause as NodeJS.ErrnoException
  const why = code === 'ENOENT' ? 'there is no such file' : `it can't be read: ${code ?? message}`
  return new ExplainError(`${path}: ${why}`, { cause })
}

/** What the bodies of one recording may take together. */
const mostBodies = 512 * 1024 * 1024

const again = 'close the browser context, which writes the HAR, and record again'
const noHar = 'is not a HAR'
const saved = 'save the recording as HAR'

/** In bytes: up to this a file is parsed as a whole, which is several times as fast. */
const largestWhole = 64 * 1024 * 1024

const named = z.object({ name: z.string(), version: z.string().catch('') })

/** @throws {ExplainError} when it is no HAR, or not all of one. */
export async function readHar(path: string): Promise<Har> {
  const file = basename(path)
  const exchanges: Exchange[] = []
  const product: Record<string, string> = {}
  let entries = 0
  let bodies = 0
  let hasLog = false

  function take(key: string | number | undefined, value: unknown): void {
    if (typeof key === 'number') takeEntry(value, ++entries)
    else if (key === 'entries') hasLog = Array.isArray(value)
    else {
      const { data } = named.safeParse(value)
      if (data && key) product[key] = `${data.name} ${data.version}`.trim()
    }
  }

  function takeEntry(value: unknown, place: number): void {
    const { data, error } = entrySchema.safeParse(value)
    if (!data) {
      const where = error.issues[0]?.path.join('.')
      throw new ExplainError(`${file}: entry ${place} has no \`${where}\` as a HAR has it; record it again`)
    }
    if (!isOfPage(data)) return
    const exchange = exchangeOf(data, attached)
    bodies += exchange.body?.length ?? 0
    exchanges.push(bodies > mostBodies ? { ...exchange, body: undefined } : exchange)
  }

  /** Playwright's recordings with `content: 'attach'` hold bodies as files beside them. */
  function attached(name: string): string | undefined {
    try {
      return readFileSync(resolve(dirname(path), basename(name)), 'utf8')
    } catch {
      return undefined
    }
  }

  const whole = wholeOf(path)
  if (whole === undefined) await parse(path, file, () => entries, take)
  else {
    const log = Object(Object(whole).log)
    for (const key of ['creator', 'browser', 'entries']) take(key, log[key])
    if (Array.isArray(log.entries)) for (const [index, entry] of log.entries.entries()) take(index, entry)
  }
  if (!hasLog) throw new ExplainError(`${file} ${noHar}: expected JSON with \`log.entries\`; ${saved}`)
  const { creator = 'an unknown recorder', browser } = product
  const all = exchanges.flatMap(({ requestHeaders, headers }) => [requestHeaders, headers])
  return {
    recorder: browser ? `${creator}, ${browser}` : creator,
    hasTabs: creator.startsWith('Playwright'),
    lacksCookies:
      creator.startsWith('WebInspector') && !all.some((headers) => 'cookie' in headers || 'set-cookie' in headers),
    exchanges: exchanges.sort((a, b) => a.sentAt - b.sentAt),
    until: exchanges.reduce((last, { sentAt, endedAt = sentAt }) => Math.max(last, endedAt), 0),
  }
}

/** `undefined` where it is too large, or broken: where, who reads it piece by piece tells. */
function wholeOf(path: string): unknown {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestWhole) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

async function parse(
  path: string,
  file: string,
  entries: () => number,
  take: (key: string | number | undefined, value: unknown) => void,
): Promise<void> {
  const paths = ['$.log.creator', '$.log.browser', '$.log.entries.*', '$.log.entries']
  const parser = new JSONParser({ paths, keepStack: false })
  let problem: unknown
  parser.onValue = ({ key, value }) => take(key, value)
  parser.onError = (error) => {
    problem ??= error
  }
  const fail = (why: string, cause?: unknown) => {
    throw new ExplainError(`${file} ${why}`, { cause })
  }
  let isFirst = true
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      let piece = chunk
      if (isFirst) {
        isFirst = false
        if (chunk.subarray(0, 2).toString() === 'PK')
          fail('is a zip archive: unpack it, and give the .har file that is in it')
        if (chunk[0] === 0x1f && chunk[1] === 0x8b) fail('is compressed: unpack it with gunzip first')
        if (chunk.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf') piece = chunk.subarray(3)
      }
      parser.write(piece)
      if (problem instanceof ExplainError) throw problem
      if (problem)
        fail(
          entries() > 0
            ? `is broken after entry ${entries()}: it is not JSON there; record again`
            : `${noHar}: it is not JSON; ${saved}`,
          problem,
        )
    }
  } catch (error) {
    if (error instanceof ExplainError) throw error
    throw unreadable(path, error)
  }
  if (isFirst) fail(`is empty: ${again}`)
  if (!parser.isEnded) fail(`ends in the middle of entry ${entries() + 1}: it is truncated; ${again}`)
}
