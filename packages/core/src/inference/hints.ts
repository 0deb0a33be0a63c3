/** What was seen that decides nothing, and tells the user what would help. */

import type { ObservedRequest, ObservedResponse } from '../page/source.ts'
import type { Observation } from './observation.ts'

/**
 * @param redact - a URL, as it may be printed.
 */
export function createHints(
  put: (observation: Observation) => void,
  now: () => number,
  redact: (url: string) => string,
) {
  const noted = new Set<string>()

  const note = (what: string, hint: string, at = now()) => put({ kind: 'noted', at, seen: () => what, hint })

  /** Once for each kind: pages send such requests again and again. */
  function noteOf({ method, url }: ObservedRequest, what: string, then: string): void {
    if (noted.has(what)) return
    noted.add(what)
    const sentence = `${method} ${redact(url)} ${what}`
    note(sentence, `${sentence}: ${then}`)
  }

  return {
    copied(request: ObservedRequest, field: string): void {
      noteOf(
        request,
        `took the token in ${field}, as a copy of what was typed`,
        'if it is the submission, pass `submittedWhen`',
      )
    },

    /** `submittedWhen` held on a request without the token. */
    lacking(request: ObservedRequest): void {
      noteOf(request, 'is the submission by submittedWhen, and has no token', 'is `token` the right one?')
    },

    /** Another token left in the field of one, and this one has not. */
    stranger(request: ObservedRequest): void {
      noteOf(request, 'took another token', 'is `token` the right one?')
    },

    /** `acceptedWhen` held on a call that is beyond the scope. */
    beyond({ url, status }: ObservedResponse, at: number): void {
      const hint = "if all that holds for `acceptedWhen` shows success, pass `scope: 'page'`"
      note(`response ${status} ${redact(url)}, beyond the scope: acceptedWhen held`, hint, at)
    },
  }
}
