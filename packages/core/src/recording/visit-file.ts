/** Writes a recorded visit to its own file. */
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Verdict } from '../inference/verdict.ts'
import { valuesIn } from '../submission/submission.ts'
import { replacing, shortestUnique } from '../submission/token-text.ts'
import type { Visit } from './visit.ts'
import type { Recorder } from './visit-recorder.ts'

/** How long bodies may still be read after the verdict, in ms. */
const patience = 1_000

interface Recorded {
  readonly taskId: string
  readonly site: string | undefined
  readonly verdict: Verdict
  readonly token: string | undefined
  readonly options: Pick<Visit, 'scope' | 'submissionTimeout' | 'verdictTimeout'>
  /** Secrets that no file may contain, such as the API key. */
  readonly secrets: readonly string[]
}

/** @returns the file. @throws if the folder can't be written to. */
export async function writeVisit(folder: string, recorder: Recorder, recorded: Recorded): Promise<string> {
  const visit = await visitOf(recorder, recorded)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const armed = new Date(visit.armedAt).toISOString().replaceAll(/[:.]/g, '-')
  const file = join(folder, `${armed}-${fileEndOf(visit.taskId)}`)
  const handle = await open(`${file}.tmp`, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(visit))
  } finally {
    await handle.close()
  }
  await rename(`${file}.tmp`, file)
  return file
}

/** The end of a record's file name, after the time at which the watch was armed. */
export const fileEndOf = (taskId: string) => `${taskId.replaceAll(/[^\w-]/g, '_').slice(0, 80)}.visit.json`

/** The recorded visit, with a stand-in for each token, and without secrets. */
async function visitOf(
  recorder: Recorder,
  { taskId, site, verdict, token, options, secrets }: Recorded,
): Promise<Visit> {
  const { armedAt, isCut, requests, facts, trail } = await recorder.end(patience)
  const tokens = new Set(
    requests.map(({ url, body }) => valuesIn({ url, body }).token).filter((found) => found !== undefined),
  )
  const standIns = new Map<string, string>()
  for (const found of new Set([...(token === undefined ? [] : [token]), ...tokens])) {
    if (found.length >= shortestUnique) standIns.set(found, standInFor(found, standIns.size + 1))
  }
  for (const secret of secrets) if (secret.length >= shortestUnique) standIns.set(secret, '…')
  const replacements = [...standIns].map(([found, standIn]) => replacing(found, standIn))
  const redact = (text: string) => replacements.reduce((redacted, replace) => replace(redacted), text)
  const { scope, submissionTimeout, verdictTimeout } = options
  return mapStrings(
    {
      visit: 1,
      taskId,
      ...(site !== undefined && { site }),
      armedAt,
      ...(isCut && { isCut }),
      ...(token !== undefined && { token }),
      ...(scope && { scope }),
      submissionTimeout,
      verdictTimeout,
      requests,
      facts,
      trail,
      verdict: { kind: verdict.kind, by: verdict.kind === 'undecided' ? verdict.reason : verdict.by },
    },
    redact,
  )
}

/** Has the length and first characters of the token, so that it is recognised as a token of the same kind. */
const standInFor = (token: string, number: number) =>
  `${token.slice(0, 4).replaceAll(/[^\w.-]/g, '_')}stand-in-${number}-`
    .padEnd(token.length, 'x')
    .slice(0, Math.max(token.length, 20))

function mapStrings<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, map)])) as T
}
