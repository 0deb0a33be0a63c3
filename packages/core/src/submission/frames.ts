/** Which frames still wait for an answer to a submission, and which went elsewhere before it. */

import type { Story, Submission } from './story.ts'

/** Whether a frame did this before it could know an answer. `isWithin`: it stayed within its document. */
export function precedes({ submissions, freeFrames, isPending }: Story, frame: object, isWithin: boolean): boolean {
  if (submissions.length === 0) return false
  // A script may show in advance what it expects; a 202 is no answer to it yet.
  if (isWithin) return isPending || submissions.some(({ isHeard }) => !isHeard)
  if (submissions.some(({ isHeard }) => isHeard)) return false
  const isForm = submissions.some((sent) => sent.isNavigation && !sent.isLeft && sent.frame === frame)
  return !isForm && !freeFrames.has(frame)
}

/**
 * Whether a popup shows the answer to one of them; in some hosts only the order tells to which. `undefined`, it may:
 * none was sent from a popup, and none had left before the watch was armed.
 */
export function answersIn({ submissions, isArmedLate }: Story, popup: object): boolean | undefined {
  const sent = submissions.filter(({ isUnattributed }) => isUnattributed)
  if (sent.length === 0) return isArmedLate ? false : undefined
  const its = sent.find((one) => one.popup === popup) ?? sent.find((one) => (one.popup ?? one.frame) === undefined)
  if (its) its.popup = popup
  return its !== undefined || sent.some(({ frame }) => frame === popup)
}

/** It shows a document: of a form that was not left before, that is the answer, which Puppeteer may tell later. */
export function showed({ submissions, freeFrames }: Story, frame: object, isDocument: boolean): void {
  if (isDocument && submissions.length > 0) freeFrames.add(frame)
  for (const submission of submissions) {
    if (submission.frame !== frame) continue
    submission.isLeft ??= false
    if (isDocument && submission.isNavigation && !submission.isLeft) submission.isHeard = true
  }
}

/** It asks for another document. Which submissions were sent from it. */
export function leave({ submissions, freeFrames }: Story, frame: object | undefined): readonly Submission[] {
  if (frame && submissions.every(({ outcome }) => outcome)) freeFrames.add(frame)
  const left = submissions.filter((submission) => submission.frame === frame)
  // The end of what was left may be told only after what it was left for.
  for (const submission of left) if (submission.isNavigation) submission.isLeft ??= !submission.outcome
  return left
}
