/** A recorded session or visit, whoever recorded it. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { SentRequest } from '@regotcha-feedback/core'
import { type Visit, visitSchema } from '@regotcha-feedback/core/watch'
import { ExplainError, readHar, unreadable } from './har.ts'
import { type RecordedPage, recordedPage } from './recorded-page.ts'
import { recordedVisit } from './recorded-visit.ts'

/** What tells the submission of one recording from its other requests. */
export interface Telling {
  readonly token?: string | undefined
  readonly submittedWhen?: ((request: SentRequest) => boolean) | undefined
}

export interface Recording {
  readonly recorder: string
  readonly begunAt: number
  /** The last moment that it tells of. */
  readonly until: number
  /** All requests, in the order in which they were sent. */
  readonly sent: readonly Pick<SentRequest, 'url' | 'body'>[]
  /** Whether a watch recorded it: then it holds all that a watch sees. */
  readonly isWatchs: boolean
  /** What its watch was given, where a watch recorded it. */
  readonly given: Telling & Partial<Pick<Visit, 'scope' | 'submissionTimeout' | 'verdictTimeout'>>
  readonly visit?: Visit
  page(options: Telling): RecordedPage
}

export const isRecording = (file: string) => file.endsWith('.har') || file.endsWith('.visit.json')

/** @throws {ExplainError} when it is neither a HAR nor a visit that was recorded, or not all of one. */
export async function readRecording(path: string): Promise<Recording> {
  if (path.endsWith('.visit.json')) return readVisit(path)
  const har = await readHar(path)
  const { recorder, exchanges, until } = har
  return {
    recorder,
    begunAt: exchanges[0]?.sentAt ?? 0,
    until,
    sent: exchanges.map(({ url, requestBody: body }) => ({ url, body })),
    isWatchs: false,
    given: {},
    page: recordedPage(har),
  }
}

async function readVisit(path: string): Promise<Recording> {
  const file = basename(path)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ExplainError(`${file} is not JSON: it is truncated, or was edited; record the visit again`, { cause })
  }
  const { data: visit, error } = visitSchema.safeParse(value)
  if (!visit) {
    const where = error.issues[0]?.path.join('.') || 'visit'
    throw new ExplainError(
      `${file} is no recorded visit: \`${where}\` is missing, or is not as this version records it; record the visit again`,
      { cause: error },
    )
  }
  return recordingOf(visit)
}

/** A visit that was recorded by a watch. */
export function recordingOf(visit: Visit): Recording {
  const { armedAt, token, scope, submissionTimeout, verdictTimeout, requests, facts } = visit
  return {
    recorder: 'the watch itself',
    begunAt: armedAt,
    until: armedAt + (facts.at(-1)?.at ?? 0),
    sent: requests.map(({ url, body }) => ({ url, body })),
    isWatchs: !visit.isCut,
    given: {
      ...(scope && { scope }),
      submissionTimeout,
      verdictTimeout,
      ...(token !== undefined && { token }),
      ...(requests.some((request) => request.isMeant) && {
        submittedWhen: ({ native }) => Object(native).isMeant === true,
      }),
    },
    visit,
    page: recordedVisit(visit),
  }
}
