/** What a recording shows under some rules: the verdict, how it came to be, and what would change it. */
import { EvidenceError, type Predicates, RegotchaFeedbackError, type Verdict } from '@regotcha-feedback/core'
import type { Observer } from '@regotcha-feedback/core/adapter'
import { doubtSentence, type Observation, type Opinion, watchPage } from '@regotcha-feedback/core/watch'
import { createPatience } from './patience.ts'
import type { Recording } from './recording.ts'
import { createReplayClock } from './replay-clock.ts'
import { checkRules, type ExplainRules } from './rules.ts'

/** What a recording does not show, and a live page may have: the verdict stands unless it did. */
export type Doubt =
  /** Time ran out after the recording's end: the page may have been closed before. */
  | { readonly kind: 'closed'; readonly at: number; readonly until: number }
  /** Time ran out, and `acceptedWhen` looks at URLs: a script may have set one on which it would have held. */
  | { readonly kind: 'script-url' }
  /** Before the verdict a predicate could not say, of evidence on which it may have held and turned it. */
  | { readonly kind: 'unreadable'; readonly predicate: 'acceptedWhen' | 'rejectedWhen'; readonly seen: string }
  /** No submission was recognised, so nothing tells when the watch was armed. */
  | { readonly kind: 'armed' }

export interface Step {
  /** Milliseconds since the watch was armed, which is when the submission was sent. */
  readonly at: number
  readonly kind: 'submitted' | 'answered' | 'failed' | 'left' | 'doubt' | 'noted' | 'evidence' | 'ended'
  readonly seen: string
  /** What the predicates said of it. */
  readonly acceptedWhen?: Said
  readonly rejectedWhen?: Said
}

export interface Said {
  readonly kind: Opinion['kind']
  /** Which part decided, where it can say so; or why it could not say. */
  readonly because?: string
}

export interface Explanation {
  readonly verdict: Verdict
  /** Empty when a live watch must have come to the same verdict. */
  readonly unless: readonly Doubt[]
  readonly steps: readonly Step[]
  readonly recording: { readonly recorder: string; readonly exchanges: number; readonly milliseconds: number }
}

/** Replays a recording through the inference that runs live. @throws {OptionError} naming each wrong rule. */
export async function explanationOf(recording: Recording, rules: ExplainRules, file = 'rules'): Promise<Explanation> {
  const { begunAt, until, recorder, sent, isWatchs, given } = recording
  const { options, sites } = checkRules(file, { ...given, ...rules })
  const { patient, settled } = createPatience(options.predicateTimeout)
  const page = recording.page(options)
  const armedAt = page.armedAt ?? begunAt
  const clock = createReplayClock(armedAt)
  const observations: Observation[] = []
  let looksAtURL = false
  const noting = <P extends { readonly [Name in keyof Predicates]?: Predicates[Name] | undefined }>(given: P): P => ({
    ...given,
    ...(given.acceptedWhen && {
      acceptedWhen: patient(given.acceptedWhen, () => {
        looksAtURL = true
      }),
    }),
    ...(given.rejectedWhen && { rejectedWhen: patient(given.rejectedWhen) }),
  })
  let observer: Observer | undefined
  const source = page.source(armedAt, clock, (observing) => {
    observer = observing
  })
  const watch = watchPage(source, noting(options), clock, sites.map(noting), (seen) => observations.push(seen))

  for (const { at, tell, ends } of page.facts) {
    if (at < armedAt) continue
    await clock.advance(at, settled)
    if (!observer) break
    tell(observer)
    if (ends) watch.end(ends)
    await settled()
  }
  for (let next = clock.next(); observer && next !== undefined; next = clock.next()) await clock.advance(next, settled)

  const verdict = await watch.verdict
  const isByTime = verdict.kind !== 'accepted' && observations.at(-1)?.kind === 'time'
  const endedAt = clock.now()
  const steps = observations.flatMap((observation) => stepOf(observation, armedAt, verdict))
  const unless: Doubt[] = []
  if (isByTime && endedAt > until && !isWatchs)
    unless.push({ kind: 'closed', at: endedAt - armedAt, until: Math.round(until - armedAt) })
  if (isByTime && looksAtURL && !isWatchs) unless.push({ kind: 'script-url' })
  for (const predicate of ['acceptedWhen', 'rejectedWhen'] as const) {
    const silent = steps.find((step) => step[predicate]?.kind === 'none')
    const couldTurn = verdict.kind !== (predicate === 'acceptedWhen' ? 'accepted' : 'rejected')
    if (silent && couldTurn) unless.push({ kind: 'unreadable', predicate, seen: silent.seen })
  }
  if (page.armedAt === undefined && verdict.kind !== 'undecided') unless.push({ kind: 'armed' })
  return {
    verdict,
    unless,
    steps,
    recording: { recorder, exchanges: sent.length, milliseconds: Math.round(Math.max(0, until - begunAt)) },
  }
}

function stepOf(observation: Observation, armedAt: number, verdict: Verdict): readonly Step[] {
  const at = Math.round(observation.at - armedAt)
  switch (observation.kind) {
    case 'submitted':
      return [{ at, kind: 'submitted', seen: observation.seen() }]
    case 'answered':
      return [{ at, kind: 'answered', seen: `status ${observation.status}` }]
    case 'failed':
      return [{ at, kind: 'failed', seen: 'the submission got no answer' }]
    case 'faulted':
      return [{ at, kind: 'failed', seen: observation.seen() }]
    case 'doubt':
      return [{ at, kind: 'doubt', seen: doubtSentence(observation.name) }]
    case 'loading':
      return [{ at, kind: 'noted', seen: 'the page still waited for the site' }]
    case 'left':
      return [{ at, kind: 'left', seen: 'the page went on before there was an answer' }]
    case 'noted':
      return [{ at, kind: 'noted', seen: observation.seen() }]
    case 'judged': {
      const { seen, accepted, rejected } = observation
      const said = { acceptedWhen: saidOf(accepted), ...(rejected && { rejectedWhen: saidOf(rejected) }) }
      return [{ at, kind: 'evidence', seen: seen(), ...said }]
    }
    case 'time':
      return [
        {
          at,
          kind: 'ended',
          seen: verdict.kind === 'accepted' ? 'no other request took the token to the site' : 'time ran out',
        },
      ]
    case 'ended':
      return [{ at, kind: 'ended', seen: observation.how }]
    case 'told':
      return []
  }
}

function saidOf(opinion: Opinion): Said {
  const because = opinion.kind === 'none' ? reasonOf(opinion.cause) : opinion.because
  return { kind: opinion.kind, ...(because && { because }) }
}

/** The message of an error of the user's own may hold what it read; where it was thrown can't. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof EvidenceError) return cause.cause instanceof EvidenceError ? cause.cause.message : cause.message
  if (cause instanceof RegotchaFeedbackError) return cause.message
  if (!(cause instanceof Error)) return 'it threw something that is no error'
  const [place = ''] = /[^/\\\s(]+:\d+:\d+(?=\)?$)/m.exec(cause.stack ?? '') ?? []
  const message =
    cause instanceof TypeError || cause instanceof ReferenceError ? `: ${cause.message.slice(0, 200)}` : ''
  return `it threw ${cause.name}${message}${place && `, at ${place.replace(/\?[^:]*/, '')}`}`
}
