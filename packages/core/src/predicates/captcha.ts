/** Predicates about what an answer to the submission says of the captcha. They never look at the page. */

import { readable } from '../page/source.ts'
import { type Combinator, combinator } from './combinators.ts'
import { type Background, background, type Evidence, responseOf } from './evidence.ts'
import { knownBefore } from './known-before.ts'
import type { Said } from './predicate.ts'
import { type Answer, refusalIn, refusalInUrl, showsCaptcha } from './refusal.ts'

type Known = Evidence & {
  readonly [background]?: Background
  readonly [knownBefore]?: unknown
  readonly [responseOf]?: object | undefined
}

/**
 * The answer says that the captcha was refused: by a code or a message in JSON, a sentence in HTML, in twenty languages,
 * or in the URL to which it leads. A form that is merely shown again, another refusal (a wrong password, a name that is
 * taken) or a text about captchas says nothing of the kind. It is the default of `rejectedWhen`.
 */
export function captchaRefused(): Combinator {
  return combinator('captchaRefused()', (evidence: Known) => {
    if (!isAnswer(evidence)) return false
    // That a page was sent to such a URL was known before the answer.
    const inUrl = evidence[knownBefore] ? undefined : refusalInUrl(urlOf(evidence))
    if (inUrl) return { said: true, because: inUrl }
    return judgeBody(evidence, async (answer) => {
      const before = await known(evidence)?.before()
      const because = refusal(evidence, answer, before === undefined ? [] : [before])
      return because === undefined ? false : { said: true, because }
    })
  })
}

/**
 * The answer shows a captcha again: a widget with its site key, or the field that carried the token. Many sites do so
 * after every refusal, a wrong password too: for `rejectedWhen` at sites that don't.
 */
export function captchaAgain(): Combinator {
  return combinator('captchaAgain()', (evidence: Known) =>
    judgeBody(evidence, (answer) => captchaShown(evidence, answer, [...(known(evidence)?.fields ?? [])])),
  )
}

const refusal = remembering((answer, [before]) => refusalIn({ ...answer, before }))
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

/** What answers the submission, and where that leads. */
const isAnswer = ({ kind, isSubmission }: Evidence) => isSubmission || kind === 'navigation'

/** What may be read for words; a stream of events may never end, and a file refuses nothing. */
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

/** A forwarded answer may tell none. */
const urlOf = (evidence: Known) => readable(() => evidence.url) ?? ''
