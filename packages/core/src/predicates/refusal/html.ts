/** Finds refusals in the visible text of HTML. */

import { possibleCauses } from './elsewhere.ts'
import { type Finding, findingsIn, mayRefuse, sentencesOf, spokenIn, type Whole } from './message.ts'
import { type Passage, passages } from './visible-text.ts'

/** In visible characters. On a longer page, only text that is marked as a message counts. */
export const shortPage = 2_000
const shortError = 300
/** A page with more passages about captchas than this is an article about them. */
const mostPassages = 100

/** The passages or lines before a list of possible causes. */
export function beforePossible<T>(all: readonly T[], textOf: (one: T) => string): readonly T[] {
  const listed = all.findIndex((one) => possibleCauses.test(textOf(one)))
  return listed < 0 ? all : all.slice(0, listed)
}

export function* inHtml(html: string, shownAs: Passage['shownAs'], whole: Whole): Generator<Finding> {
  // Turbo Streams wrap their markup in templates.
  const read = passages(html.includes('<turbo-stream') ? html.replace(/<\/?template\b/gi, '<div') : html, shownAs)
  const total = read.reduce((sum, { text }) => sum + text.length, 0)
  if (read.filter(({ text, isOfCaptcha }) => mayRefuse(text, isOfCaptcha)).length > mostPassages) return
  for (const { text, shownAs, isOfCaptcha } of beforePossible(read, ({ text }) => text)) {
    const isError = shownAs === 'error'
    const isMessage = isError || shownAs === 'message'
    const isShort = total <= (shownAs === 'heading' ? shortError : shortPage)
    if (!isMessage && (shownAs === 'prose' || !isShort)) continue
    if (sentencesOf(text).every(whole.isKnown)) continue
    const isField = isError && isOfCaptcha
    const found = findingsIn(text, isError && !isOfCaptcha, (isAsked) =>
      spokenIn(text, { ...whole, isField, isAsked: isAsked && isError }),
    )
    for (const finding of found) yield { ...finding, isAside: !isMessage, isOfAll: isError }
  }
}
