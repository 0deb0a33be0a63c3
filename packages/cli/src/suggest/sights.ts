/** What a watch would have had its predicates judge in a recorded visit. */
import { type Combinator, captchaAgain, captchaRefused, type Evidence, EvidenceError } from '@regotcha-feedback/core'
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import { valuesIn } from '@regotcha-feedback/core/watch'
import { headerOf } from '../explain/exchange.ts'
import { explanationOf } from '../explain/explanation.ts'
import type { Telling } from '../explain/recording.ts'
import { alertIn } from './texts.ts'
import type { Visit } from './visits.ts'

/** One piece of evidence, to be asked about again and again. */
export type Sight = Evidence & {
  /** The body; `undefined` where there is none, or the recording does not hold it. */
  readonly body: string | undefined
  /** The body's value, where it is JSON. */
  readonly data: unknown
  /** It is a script whose alert refuses the captcha. */
  readonly isRefusingAlert: boolean
}

export interface SeenVisit extends Visit {
  readonly sights: readonly Sight[]
  readonly saysRefused: boolean
  /** An answer shows a captcha again. */
  readonly showsAgain: boolean
  /** How many bodies the recording should hold and does not. */
  readonly lostBodies: number
  /** What the visitor typed, and whatever else varies from visit to visit. */
  readonly typed: readonly string[]
  /** Where the form was, without its query; '' where the recording does not tell. */
  readonly formAt: string
}

/** @param scope - whose evidence is judged, as the option of a watch. */
export async function seenIn(visit: Visit, scope: 'submission' | 'page'): Promise<SeenVisit> {
  const sights: Promise<Sight>[] = []
  /** By what was judged: a navigation shows the same document as its response, and reading it takes a while. */
  const opinions = new Map<string, Promise<readonly [refused: boolean, again: boolean]>>()
  const bodies: (string | undefined)[] = []
  let lostBodies = 0
  const [refused, again] = [captchaRefused(), captchaAgain()]
  const look = async (evidence: Evidence, page: unknown) => {
    awaitCookies(evidence)
    const holds = async (predicate: Combinator) => await Promise.resolve(predicate(evidence, page)).catch(() => false)
    const sight = sightOf(evidence, () => lostBodies++)
    sights.push(sight)
    const { url, body, kind, isSubmission } = await sight
    if (!bodies.includes(body)) bodies.push(body)
    const key = `${kind === 'navigation' || isSubmission} ${url} ${bodies.indexOf(body)}`
    const opinion = opinions.get(key) ?? Promise.all([holds(refused), holds(again)])
    opinions.set(key, opinion)
    await opinion
    return false
  }
  await explanationOf(visit.recording, { ...visit.telling, scope, acceptedWhen: look, rejectedWhen: () => false })
  const said = await Promise.all(opinions.values())
  return {
    ...visit,
    sights: await Promise.all(sights),
    saysRefused: said.some(([refused]) => refused),
    showsAgain: said.some(([, again]) => again),
    lostBodies,
    typed: visit.submissions.flatMap((submission) => typedIn(submission, visit.telling)),
    formAt: headerOf(visit.submissions[0]?.headers ?? {}, 'referer').split('?', 1)[0] ?? '',
  }
}

/** Where a browser tells cookies in a second look, who asks for them is asked again after it. */
function awaitCookies({ headers }: Evidence): void {
  try {
    void headers['set-cookie']
  } catch (error) {
    if (!(error instanceof EvidenceError) || error.until) throw error
  }
}

async function sightOf(evidence: Evidence, lost: () => void): Promise<Sight> {
  const { kind, url, status, method, headers, resourceType, isSubmission, native } = evidence
  let body: string | undefined
  let reason: EvidenceError['reason'] = 'absent'
  try {
    body = await evidence.text()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    reason = error.reason
    if (reason === 'lost') lost()
  }
  const data = body === undefined ? undefined : parsed(body)
  const has = <T>(value: T | undefined, otherwise = reason) =>
    value === undefined
      ? Promise.reject(new EvidenceError(otherwise, 'the recording has no such body'))
      : Promise.resolve(value)
  // Of a page that was lost it is known that it is no JSON.
  const isPage = headerOf(headers, 'content-type').startsWith('text/html')
  const isRefusingAlert = await refuses(evidence, alertIn(body))
  const facts = { kind, url, status, method, headers, resourceType, isSubmission, native, body, data, isRefusingAlert }
  return { ...facts, text: () => has(body), json: () => has(data, isPage ? 'not-json' : reason) } as Sight
}

/** `captchaRefused()` reads no scripts: those of a page may have the words for every outcome. */
async function refuses(evidence: Evidence, alert: string | undefined): Promise<boolean> {
  if (alert === undefined) return false
  const headers = { 'content-type': 'text/plain' }
  const said = { ...evidence, kind: 'response', isSubmission: true, headers, text: async () => alert } as Evidence
  return captchaRefused()(said, undefined)
}

function parsed(body: string): unknown {
  if (!/^\s*[{[]/.test(body)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function typedIn(submission: ObservedRequest, { token }: Telling): readonly string[] {
  const values = valuesIn(submission).values.filter((value) => value !== token)
  return values.map((value) => value.trim().toLowerCase()).filter((value) => value.length > 2)
}
