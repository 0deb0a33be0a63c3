/** Predicates about what an answer to the submission says of the captcha. They never look at the page. */

import { readable } from '../page/source.ts'
import { type Combinator, combinator } from './combinators.ts'
import { type Background, background, type Evidence } from './evidence.ts'
import { knownBefore } from './known-before.ts'
import type { Said } from './predicate.ts'
import { type Answer, refusalIn, refusalInUrl, showsCaptcha } from './refusal.ts'

type Known = Evidence & { readonly [background]?: Background; readonly [knownBefore]?: unknown }

/**
 * The answer says that the captcha was refused: by a code or a message in JSON, a sentence in HTML, in twenty languages,
 * or in the URL to which it leads. A form that is merely shown again, another refusal (a wrong password, a name that is
 * taken) or a text about captchas says nothing of the kind. It is the default of `rejectedWhen`.
 */
export function captchaRefused(): Combinator {
  return combinator('captchaRefused()', (evidence: Known) => {
    // That a page was sent to such a URL was known before the answer.
    const inUrl = evidence[knownBefore] ? undefined : refusalInUrl(urlOf(evidence))
    if (inUrl && isAnswer(evidence)) return { said: true, because: inUrl }
    return judgeBody(evidence, async (answer) => {
      const because = refusalIn({ ...answer, before: await known(evidence)?.before() })
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
    judgeBody(evidence, (answer) => showsCaptcha(answer, [...(known(evidence)?.fields ?? [])])),
  )
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
