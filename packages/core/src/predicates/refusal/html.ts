/** Refusals in what a person sees of HTML. */

import { mayRefuse, type Refusal, spokenIn, type Whole } from './message.ts'
import { type Passage, passages } from './visible-text.ts'

/** In characters that a person sees: on a longer page only what is marked as a message is one. */
export const shortPage = 2_000
const shortError = 300
/** A page that speaks of captchas more often is about them. */
const mostPassages = 100

export function* inHtml(html: string, shownAs: Passage['shownAs'], whole: Whole): Generator<Refusal> {
  // A stream of Turbo has its markup in templates.
  const read = passages(html.includes('<turbo-stream') ? html.replace(/<\/?template\b/gi, '<div') : html, shownAs)
  const total = read.reduce((sum, { text }) => sum + text.length, 0)
  const errors = new Set(read.filter(({ shownAs }) => shownAs === 'error').map(({ text }) => text))
  const speaking = read.filter(({ text, isOfCaptcha }) => mayRefuse(text, isOfCaptcha))
  if (speaking.length > mostPassages) return
  for (const { text, shownAs, isOfCaptcha } of speaking) {
    const isError = shownAs === 'error'
    const isMessage = isError || shownAs === 'message'
    const isShort = total <= (shownAs === 'heading' ? shortError : shortPage)
    if (!isMessage && (shownAs === 'prose' || !isShort)) continue
    const isField = isError && isOfCaptcha
    // Beside another error, a captcha that is asked for is the next step.
    const says = spokenIn(text, { ...whole, isField, isAsked: isField || (isError && errors.size === 1) })
    if (says !== undefined) yield { text, says }
  }
}
