/** Which frames still wait for the answer to a submission, and which navigated elsewhere before it. */

import type { Story, Submission } from './story.ts'

/** Whether a frame navigated before it could know an answer. `isWithin`: it stayed within its document. */
export function precedes({ submissions, freeFrames, isPending }: Story, frame: object, isWithin: boolean): boolean {
  if (submissions.length === 0) return false
  // A script may set the URL that it expects before the answer. A 202 is not the answer yet.
  if (isWithin) return isPending || submissions.some(({ isHeard }) => !isHeard)
  if (submissions.some(({ isHeard }) => isHeard)) return false
  const isForm = submissions.some((sent) => sent.isNavigation && !sent.isLeft && sent.frame === frame)
  return !isForm && !freeFrames.has(frame)
}

/**
 * Whether a popup shows the answer to a submission. In some hosts, only the order of events shows to which one.
 * `undefined`: perhaps. No submission is unattributed, and none had left before the watch was armed.
 */
export function answersIn({ submissions, isArmedLate }: Story, popup: object): boolean | undefined {
  const sent = submissions.filter(({ isUnattributed }) => isUnattributed)
  if (sent.length === 0) return isArmedLate ? false : undefined
  const its = sent.find((one) => one.popup === popup) ?? sent.find((one) => (one.popup ?? one.frame) === undefined)
  if (its) its.popup = popup
  return its !== undefined || sent.some(({ frame }) => frame === popup)
}

/** A frame navigated. Its document answers its form, unless that was left. Puppeteer may report the response later. */
export function showed({ submissions, freeFrames }: Story, frame: object, isDocument: boolean): void {
  if (isDocument && submissions.length > 0) freeFrames.add(frame)
  for (const submission of submissions) {
    if (submission.frame !== frame) continue
    submission.isLeft ??= false
    if (isDocument && submission.isNavigation && !submission.isLeft) submission.isHeard = true
  }
}

/** A frame requests another document. Returns the submissions that were sent from it. */
export function leave({ submissions, freeFrames }: Story, frame: object | undefined): readonly Submission[] {
  if (frame && submissions.every(({ outcome }) => outcome)) freeFrames.add(frame)
  const left = submissions.filter((submission) => submission.frame === frame)
  // The failure of the form may be reported only after this request.
  for (const submission of left) if (submission.isNavigation) submission.isLeft ??= true
  return left
}
