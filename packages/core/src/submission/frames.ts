import type { Carrier } from '../inference/observation.ts'

/** A redirect chain that began with the token. */
export interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** Where the page was. */
  readonly from: string
  readonly isNavigation: boolean
  readonly isUnattributed: boolean
  /** Where its answer shows, if that is a popup. */
  popup?: object
  readonly carrier: Carrier
  /** Which page sent it. */
  readonly page: number
  /** Those of its requests that take the token along; the GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  /** The host that answered last, by a redirect. */
  redirectedBy?: string | undefined
  /** Whether any answer came, be it that of a redirect which the page's script does not follow. */
  isHeard?: boolean
  /** `lost`: there was no answer. */
  outcome?: 'answered' | 'faulted' | 'lost'
  /** Whether it was a form, and the browser went elsewhere before there was an answer; once known it stays so. */
  isLeft?: boolean
}

/** Which frames still wait for an answer to one of these, and which went elsewhere before it. */
export function createFrames(all: readonly Submission[]) {
  /** Frames that no longer show what waited for an answer, or ask for a document when none can come. */
  const free = new Set<object>()

  return {
    /** Whether a frame did this before it could know an answer. `isWithin`: it stayed within its document. */
    precedes(frame: object, isWithin: boolean, isPending: boolean): boolean {
      if (all.length === 0) return false
      // A script may show in advance what it expects; a 202 is no answer to it yet.
      if (isWithin) return isPending || all.some(({ isHeard }) => !isHeard)
      if (all.some(({ isHeard }) => isHeard)) return false
      const isForm = all.some(
        (submission) => submission.isNavigation && !submission.isLeft && submission.frame === frame,
      )
      return !isForm && !free.has(frame)
    },

    /**
     * Whether a popup shows the answer to one of them; in some hosts only the order tells to which. `undefined`, it may:
     * none was sent from a popup, and none had left before the watch was armed.
     */
    answersIn(popup: object, isArmedLate: boolean): boolean | undefined {
      const sent = all.filter(({ isUnattributed }) => isUnattributed)
      if (sent.length === 0) return isArmedLate ? false : undefined
      const its = sent.find((one) => one.popup === popup) ?? sent.find((one) => (one.popup ?? one.frame) === undefined)
      if (its) its.popup = popup
      return its !== undefined || sent.some(({ frame }) => frame === popup)
    },

    /** It shows a document: of a form that was not left before, that is the answer, which Puppeteer may tell later. */
    shown(frame: object, isDocument: boolean): void {
      if (isDocument && all.length > 0) free.add(frame)
      for (const submission of all) {
        if (submission.frame !== frame) continue
        submission.isLeft ??= false
        if (isDocument && submission.isNavigation && !submission.isLeft) submission.isHeard = true
      }
    },

    /** It asks for another document. Which submissions were sent from it. */
    leave(frame: object | undefined): readonly Submission[] {
      if (frame && all.every(({ outcome }) => outcome)) free.add(frame)
      const left = all.filter((submission) => submission.frame === frame)
      // The end of what was left may be told only after what it was left for.
      for (const submission of left) if (submission.isNavigation) submission.isLeft ??= !submission.outcome
      return left
    },
  }
}
