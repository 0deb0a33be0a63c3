/** The evidence of a recorded visit, as a watch would have passed it to its predicates. */
import { type Combinator, captchaAgain, captchaRefused, type Evidence, EvidenceError } from '@regotcha-feedback/core'
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import { valuesIn } from '@regotcha-feedback/core/watch'
import { headerOf } from '../explain/exchange.ts'
import { explanationOf } from '../explain/explanation.ts'
import type { Telling } from '../explain/recording.ts'
import { alertIn, type Text, textsIn } from './texts.ts'
import type { Visit } from './visits.ts'

/** Read once, though a response and its navigation both show it. */
export interface Body {
  readonly text: string
  /** Its value, if it is JSON. */
  readonly data: unknown
  readonly texts: () => readonly Text[]
}

/** One piece of evidence that can be judged repeatedly. */
export type Sight = Evidence & {
  /** `undefined` if there is none, or if it is missing from the recording. */
  readonly body: Body | undefined
  /** Whether it is a script whose alert refuses the captcha. */
  readonly isRefusingAlert: boolean
}

export interface SeenVisit extends Visit {
  readonly sights: readonly Sight[]
  readonly saysRefused: boolean
  /** Whether an answer shows a captcha again. */
  readonly showsAgain: boolean
  /** How many bodies are missing from the recording. */
  readonly lostBodies: number
  /** What the visitor typed, and other values that vary between visits. */
  readonly typed: readonly string[]
  /** The form's URL, without its query; '' if the recording does not show it. */
  readonly formAt: string
}

/** By their texts. */
export type Bodies = Map<string, Body>

/**
 * @param scope - as the option of a watch.
 * @param bodies - what was read before: a visit is seen in both scopes, and visits have bodies in common.
 */
export async function seenIn(
  visit: Visit,
  scope: 'submission' | 'page',
  bodies: Bodies = new Map(),
): Promise<SeenVisit> {
  /** In the order in which they came; without those whose body came after the verdict. */
  const sights: Sight[] = []
  let [place, lostBodies] = [0, 0]
  let [saysRefused, showsAgain] = [false, false]
  const [refused, again] = [captchaRefused(), captchaAgain()]
  const look = async (evidence: Evidence, page: unknown) => {
    awaitCookies(evidence)
    const holds = async (predicate: Combinator) => await Promise.resolve(predicate(evidence, page)).catch(() => false)
    const own = place++
    sights[own] = await sightOf(evidence, bodies, () => lostBodies++)
    saysRefused = (await holds(refused)) || saysRefused
    showsAgain = (await holds(again)) || showsAgain
    return false
  }
  await explanationOf(visit.recording, { ...visit.telling, scope, acceptedWhen: look, rejectedWhen: () => false })
  return {
    ...visit,
    sights: Object.values(sights),
    saysRefused,
    showsAgain,
    lostBodies,
    typed: visit.submissions.flatMap((submission) => typedIn(submission, visit.telling)),
    formAt: headerOf(visit.submissions[0]?.headers ?? {}, 'referer').split('?', 1)[0] ?? '',
  }
}

/** If the browser reports cookies late, predicates that ask for cookies are asked again. */
function awaitCookies({ headers }: Evidence): void {
  try {
    void headers['set-cookie']
  } catch (error) {
    if (!(error instanceof EvidenceError) || error.until) throw error
  }
}

async function sightOf(evidence: Evidence, bodies: Bodies, lost: () => void): Promise<Sight> {
  const { kind, url, status, method, headers, resourceType, isSubmission, native } = evidence
  let text: string | undefined
  let reason: EvidenceError['reason'] = 'absent'
  try {
    text = await evidence.text()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    reason = error.reason
    if (reason === 'lost') lost()
  }
  const body = text === undefined ? undefined : (bodies.get(text) ?? bodyOf(text))
  if (body) bodies.set(body.text, body)
  const has = <T>(value: T | undefined, otherwise = reason) =>
    value === undefined
      ? Promise.reject(new EvidenceError(otherwise, 'the recording has no such body'))
      : Promise.resolve(value)
  // A lost page is known not to be JSON.
  const isPage = headerOf(headers, 'content-type').startsWith('text/html')
  const isRefusingAlert = await refuses(evidence, alertIn(text))
  const facts = { kind, url, status, method, headers, resourceType, isSubmission, native, body, isRefusingAlert }
  const json = once(() => has(body?.data, isPage ? 'not-json' : reason))
  return { ...facts, text: once(() => has(text)), json } as Sight
}

/** `captchaRefused()` does not read scripts, because a page's scripts may contain the words for every outcome. */
async function refuses(evidence: Evidence, alert: string | undefined): Promise<boolean> {
  if (alert === undefined) return false
  const headers = { 'content-type': 'text/plain' }
  const said = { ...evidence, kind: 'response', isSubmission: true, headers, text: async () => alert } as Evidence
  return captchaRefused()(said, undefined)
}

function bodyOf(text: string): Body {
  const data = dataIn(text)
  return { text, data, texts: once(() => (data === undefined ? textsIn(text) : [])) }
}

function dataIn(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function typedIn(submission: ObservedRequest, { token }: Telling): readonly string[] {
  const values = valuesIn(submission).values.filter((value) => value !== token)
  return values.map((value) => value.trim().toLowerCase()).filter((value) => value.length > 2)
}
