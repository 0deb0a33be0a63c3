/** Notes observations that decide nothing, each with a hint for the user. */

import type { ObservedRequest, ObservedResponse } from '../page/source.ts'
import type { Observation } from './observation.ts'

/** @param redact - removes what may be secret from a URL. */
export function createHints(
  put: (observation: Observation) => void,
  now: () => number,
  redact: (url: string) => string,
) {
  const noted = new Set<string>()

  const note = (what: string, hint: string, at = now()) => put({ kind: 'noted', at, seen: () => what, hint })

  /** Notes each kind only once, because pages repeat such requests. */
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

    /** A request carried another token in a captcha field, before this token was submitted. */
    stranger(request: ObservedRequest): void {
      noteOf(request, 'took another token', 'is `token` the right one?')
    },

    /** `acceptedWhen` held on a call outside the scope. */
    beyond({ url, status }: ObservedResponse, at: number): void {
      const hint = "if all that holds for `acceptedWhen` shows success, pass `scope: 'page'`"
      note(`response ${status} ${redact(url)}, beyond the scope: acceptedWhen held`, hint, at)
    },
  }
}
