/** Predicates on what an answer to the submission says about the captcha. They never access the page. */

import { readable } from '../page/source.ts'
import { type Background, background, responseOf, shownAs } from './background.ts'
import { type Combinator, combinator } from './combinators.ts'
import type { Evidence } from './evidence.ts'
import { knownBefore } from './known-before.ts'
import type { Said } from './predicate.ts'
import { type Answer, refusalIn, refusalInUrl, showsCaptcha } from './refusal.ts'

type Known = Evidence & {
  readonly [background]?: Background
  readonly [knownBefore]?: unknown
  readonly [responseOf]?: object | undefined
  readonly [shownAs]?: 'document' | 'call' | undefined
}

/** How long a page may take to show what it says, in ms between one look and the next. */
const showing = [0, 150, 450]

/**
 * The answer says that the captcha was refused: by a code or a message in JSON, a sentence in HTML in some twenty
 * languages, or the URL that it leads to. A form that is merely shown again, another refusal (a wrong password, a name
 * that is taken) or a text about captchas does not count. This is the default of `rejectedWhen`.
 */
export function captchaRefused(): Combinator {
  return combinator('captchaRefused()', (evidence: Known) => {
    if (!isAnswer(evidence)) return false
    // A URL that was known before the answer says nothing about it.
    const inUrl = evidence[knownBefore] ? undefined : refusalInUrl(urlOf(evidence))
    if (inUrl) return { said: true, because: inUrl }
    const otherCode = known(evidence)?.hasOtherCode ? 'beside another code' : ''
    return judgeBody(evidence, async (answer) => {
      const says = refusal(evidence, answer, [otherCode])
      const before = says === undefined ? undefined : await known(evidence)?.before()
      const said = before === undefined ? says : refusal(evidence, answer, [otherCode, before])
      const because = said && (await seen(evidence, answer, said, [otherCode, before ?? '']))
      return because === undefined ? false : { said: true, because }
    })
  })
}

/**
 * The refusal, once the page shows it. HTML may have messages that its style sheets hide. Where the browser can't
 * be asked, what the document says counts.
 */
async function seen(evidence: Known, answer: Answer, said: string, beside: readonly string[]) {
  const { rendered, rest } = known(evidence) ?? {}
  if (!rendered || !rest || !evidence[shownAs] || !/html/.test(answer.contentType)) return said
  const response = evidence[responseOf]
  if (response) unshown.add(response)
  // The navigation to this document comes next.
  if (evidence.kind === 'response' && evidence[shownAs] === 'document') return undefined
  for (const ms of showing) {
    await rest(ms)
    const text = await rendered()
    if (text === undefined) return said
    const shown = refusal(evidence, answer, [...beside, text])
    if (shown !== undefined) return shown
  }
  return undefined
}

const unshown = new WeakSet<object>()

/** Whether the evidence has a refusal that the page did not show, or not yet. */
export const hasUnshown = ({ [responseOf]: response }: Known) => response !== undefined && unshown.has(response)

/**
 * The answer shows a captcha again: a widget with its site key, or a captcha's field, such as the one that carried the
 * token. Many sites do so after every error, such as a wrong password. Use it as `rejectedWhen` only at sites that
 * don't.
 */
export function captchaAgain(): Combinator {
  return combinator('captchaAgain()', (evidence: Known) =>
    judgeBody(evidence, (answer) => captchaShown(evidence, answer, [...(known(evidence)?.fields ?? [])])),
  )
}

const refusal = remembering((answer, [otherCode, before, rendered]) =>
  refusalIn({ ...answer, hasOtherCode: otherCode !== '', before, rendered }),
)
const captchaShown = remembering(showsCaptcha)

/**
 * Reads an answer once, though several predicates are asked of it, and of the navigation to it. The body is compared,
 * because evidence may be a copy with another.
 */
function remembering<T>(read: (answer: Answer, beside: readonly string[]) => T) {
  const memory = new WeakMap<object, { readonly of: readonly string[]; readonly said: T }>()
  return (evidence: Known, answer: Answer, beside: readonly string[]): T => {
    const response = evidence[responseOf]
    const of = [answer.contentType, answer.body, ...beside]
    const last = response && memory.get(response)
    if (last?.of.length === of.length && last.of.every((part, index) => part === of[index])) return last.said
    const said = read(answer, beside)
    if (response) memory.set(response, { of, said })
    return said
  }
}

const known = (evidence: Known) => evidence[background]

/** Whether the evidence answers the submission, or is a navigation after it. */
const isAnswer = ({ kind, isSubmission }: Evidence) => isSubmission || kind === 'navigation'

/** Whether a body can be searched for words. An event stream may never end, and a download refuses nothing. */
export const isLegible = (headers: Evidence['headers']) =>
  legible.test(String(headers['content-type'])) &&
  !/^attachment/i.test(headers['content-disposition'] ?? '') &&
  !(Number(headers['content-length']) > largestPage)

/** In bytes. */
const largestPage = 8 * 1024 * 1024

const legible = /html|json|xml|grpc|x-component|^text\/(?!event-stream|css|javascript)/

function judgeBody(evidence: Known, judge: (answer: Answer) => Said | Promise<Said>): Said | Promise<Said> {
  const { headers, text } = evidence
  if (!isAnswer(evidence) || !isLegible(headers)) return false
  const contentType = String(headers['content-type'])
  return text().then((body) => judge({ url: urlOf(evidence), contentType, body }))
}

/** Empty if the answer does not state its URL, as a forwarded one may not. */
const urlOf = (evidence: Known) => readable(() => evidence.url) ?? ''
