/** Looks for solved tokens in the requests of many pages, and watches the page that submits one. */
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { OptionError } from '../error.ts'
import { type UndecidedReason, type Verdict, withSentence } from '../inference/verdict.ts'
import { milliseconds, text } from '../options.ts'
import { noteOpen } from '../page/hub.ts'
import { sharedSource } from '../page/shared-source.ts'
import { type ObservedRequest, readable, type Source, type Sources } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import { rulesOf } from '../predicates/site-rules.ts'
import type { SiteRule } from '../predicates/sites.ts'
import { byToken, type Recogniser } from '../submission/submission.ts'
import { shortestUnique } from '../submission/token-text.ts'
import { type Token, tokenSchema } from '../token.ts'
import type { PageWatch } from './page-watch.ts'
import { watchPage } from './watch.ts'
import { type lookoutOptions, tokenLife } from './watch-options.ts'

/** How the pages of a browser or context are judged. */
interface Rules extends Omit<z.output<typeof lookoutOptions>, keyof SiteRule | 'sites'> {
  readonly sites: readonly SiteRule[]
}

/** A solved captcha. */
export interface Solved {
  readonly taskId: string
  /** The token, or the answer of `getTaskResult` that contains it. It is never stored or sent anywhere. */
  readonly token: Token
  /** How long to wait for the submission, in ms. Default: 120,000, the lifetime of a token. */
  readonly submissionTimeout?: number | undefined
}

const aToken = `the token, a string of at least ${shortestUnique} characters`

export const solved = z.strictObject(
  {
    taskId: text('the id of the task, a string that is not empty'),
    token: tokenSchema(aToken, shortestUnique),
    submissionTimeout: milliseconds().default(tokenLife),
  },
  'a solved captcha as { taskId, token }',
)

/** A token that no page has submitted yet. */
interface Waiting {
  readonly recognise: Recogniser
  submittedOn(source: Source, rules: Rules): void
}

interface Place {
  readonly sources: Sources
  readonly rules: Rules
}

const hints: Partial<Record<UndecidedReason, string>> = {
  'not-submitted':
    'call `solved` before the token is submitted, and `withRegotchaFeedback` of the browser in which that happens',
}

export function createTokenWatcher(clock: Clock) {
  /** Weak references, because not every library reports that a browser or context is gone. */
  const places = new Set<WeakRef<object>>()
  const placeOf = new WeakMap<object, Place>()
  const waiting = new Set<Waiting>()
  /** Functions that stop the observation, by place and by page. Empty while no token waits. */
  const stops = new Map<object, () => void>()

  function lookAround(): void {
    for (const reference of places) {
      const place = reference.deref()
      const { sources, rules } = (place && placeOf.get(place)) ?? {}
      if (!place || !sources || !rules) {
        places.delete(reference)
        continue
      }
      // Restarted for each token, to find pages that a library did not report.
      stops.get(place)?.()
      stops.delete(place)
      // A closed browser may throw when asked for its pages.
      const stop = readable(() => sources.observe((source) => lookAt(source, rules)))
      if (stop) stops.set(place, stop)
    }
  }

  function lookAt(source: Source, rules: Rules): void {
    if (waiting.size === 0 || stops.has(source.page)) return
    const page = sharedSource(source)
    const find = (request: ObservedRequest) => {
      // Every page of the context reports an unattributed request. The page it belongs to reports it again.
      if (!isWeb(request.url) || request.isUnattributed) return
      for (const token of waiting) {
        const carriage = token.recognise(request)
        if (carriage && carriage.copy === undefined) token.submittedOn(page, rules)
      }
    }
    let hasEnded = false
    let stop = () => {}
    stop = page.observe({
      request: find,
      response: ({ request }) => find(request),
      failed: find,
      navigated() {},
      ended() {
        hasEnded = true
        if (stops.get(source.page) === stop) stops.delete(source.page)
        stop()
      },
    })
    if (!hasEnded) stops.set(source.page, stop)
  }

  function rest(): void {
    for (const stop of stops.values()) stop()
    stops.clear()
  }

  return {
    /** Observes the pages of a browser or context while a token waits. Another call replaces its rules. */
    attend(sources: Sources, options: z.output<typeof lookoutOptions>, common: readonly SiteRule[]): void {
      const { place } = sources
      const { acceptedWhen: _accepted, rejectedWhen: _rejected, ...others } = options
      const rules = { ...others, sites: rulesOf(options, common) }
      if (rules.sites.length === 0)
        throw new OptionError('lookOut: `acceptedWhen`: expected a function, or rules in `sites`, got undefined')
      if (!placeOf.has(place)) places.add(new WeakRef(place))
      placeOf.set(place, { sources, rules })
      if (waiting.size > 0) lookAround()
    },

    /** Watches a token on the first page that submits it. */
    await(token: string, submissionTimeout: number, begin: typeof watchPage = watchPage): PageWatch {
      const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
      let watch: PageWatch | undefined
      const leave = () => {
        cancel()
        waiting.delete(waits)
        if (waiting.size === 0) rest()
      }
      let isOpen = true
      const end = (verdict: Verdict) => {
        leave()
        isOpen = false
        resolve(withSentence(verdict))
        return verdict
      }
      const undecided = (reason: UndecidedReason): Verdict => {
        const hint = hints[reason]
        return { kind: 'undecided', reason, why: { ...(hint && { hint }), trail: [] } }
      }
      const waits: Waiting = {
        recognise: byToken(token),
        submittedOn(source, rules) {
          const { sites, ...options } = rules
          watch = begin(source, { ...options, token, submissionTimeout }, clock, sites)
          noteOpen(source.page, watch)
          void watch.verdict.then(resolve)
          leave()
        },
      }
      const cancel = clock.after(submissionTimeout, () => end(undecided('not-submitted')))
      waiting.add(waits)
      lookAround()
      return {
        verdict,
        site: () => watch?.site(),
        state: () => watch?.state() ?? '',
        hasSubmitted: () => watch !== undefined,
        tell(word) {
          if (watch) return watch.tell(word)
          return isOpen ? end({ kind: word, by: 'user', why: { trail: [] } }) : undefined
        },
        end(how) {
          if (watch) watch.end(how)
          else end(undecided(how === 'process-end' ? 'not-submitted' : how))
        },
      }
    },
  }
}
