/** What only our own predicates know of evidence. */

/** The response that the evidence shows. A response and the navigation to it share one. */
export const responseOf = Symbol('the response that it shows')

/** How the page itself, and not one of its frames, shows the evidence: as its document, or by a script that called. */
export const shownAs = Symbol('how the page shows it')

/** The evidence as if it could not be known what the page shows of it. A hidden refusal contradicts an acceptance. */
export const unseen = <E extends object>(evidence: E): E =>
  Object.defineProperties({} as E, { ...Object.getOwnPropertyDescriptors(evidence), [shownAs]: { value: undefined } })

/** What only our own predicates know about the submission. */
export const background = Symbol('what is known of the submission')

export interface Background {
  /** The names of the fields that held the token. */
  readonly fields: ReadonlySet<string>
  /** Whether the submission carries another code too, such as one by SMS. Then "wrong code" may be about that. */
  readonly hasOtherCode: boolean
  /** What the page showed before the submission, if that is known. */
  before(): Promise<string | undefined>
  /** The text that the page renders now, if the browser can be asked. */
  readonly rendered?: (() => Promise<string | undefined>) | undefined
  /** Waits, in ms, or until nobody waits for an answer any more. */
  rest(ms: number): Promise<unknown>
}
