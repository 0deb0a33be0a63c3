import { resolve } from 'node:path'
import { z } from 'zod'
import type { AcceptanceAlert } from './acceptance.ts'
import { type Clock, systemClock } from './clock.ts'
import { anOutbox, isOutbox } from './delivery/guarded-outbox.ts'
import type { LocalPlace, OpenOutbox, Outbox } from './delivery/outbox.ts'
import { defaultOutboxFile } from './delivery/sqlite/outbox-place.ts'
import type { Pace } from './delivery/token-bucket.ts'
import { functionOf, milliseconds, text } from './options.ts'
import { type SiteRule, siteRules } from './predicates/sites.ts'
import { type ClosingSignal, closingSignals } from './signals.ts'

export interface RegotchaFeedbackOptions {
  /**
   * The API key. Default: the environment variable `REGOTCHA_CLIENT_KEY`, or `REGOTCHA_API_KEY`. Not needed with
   * `dryRun`.
   */
  readonly clientKey?: string | undefined
  /**
   * `https`, or `http` on loopback. Default: the environment variable `REGOTCHA_BASE_URL`, else
   * `https://api.regotcha.com`.
   */
  readonly baseURL?: string | undefined
  /**
   * Where feedback waits: a file that all processes of the machine share, in the platform's state directory
   * (`'sqlite'`) or at your path; the memory of this process; or your own outbox, or a function that opens one.
   * Default: the file in the environment variable `REGOTCHA_OUTBOX` (or `memory`), else `'sqlite'`.
   */
  readonly outbox?: 'sqlite' | 'memory' | { readonly file: string } | Outbox | OpenOutbox | undefined
  /**
   * How fast feedback may be sent. Default: 4 a minute, in bursts of 2. The API allows a key 30 requests a minute, and
   * solving four tasks takes 24 of them.
   */
  readonly pace?: Pace | undefined
  /** Predicates by site, for watches without their own. */
  readonly sites?: readonly SiteRule[] | undefined
  /**
   * After this many rejections in a row at one site by silence (`silence: 'rejected'`) or `captchaAgain()`, further
   * ones are held until you release or drop them. This keeps a site redesign from causing a hundred false rejections.
   * `Infinity` never holds. Default: 20.
   */
  readonly holdAfter?: number | undefined
  /** When the event `degraded` fires. */
  readonly acceptance?: Partial<AcceptanceAlert> | undefined
  /** How many days the outbox file keeps completed feedback and undecided verdicts; at least 1. Default: 30. */
  readonly historyDays?: number | undefined
  /** Milliseconds for one attempt at the API, at most 45,000. Default: 10,000. */
  readonly attemptTimeout?: number | undefined
  /**
   * On the first of these signals, open watches end and pending feedback is flushed. Then the process exits as usual. A
   * second signal exits at once. Without this option nothing is lost either. Default: none.
   */
  readonly closeOn?: readonly ClosingSignal[] | undefined
  /** How many milliseconds `closeOn` may take. Default: 5,000. */
  readonly closeTimeout?: number | undefined
  /**
   * A folder for a record of each watched visit: a file with its requests, answers and bodies, what the predicates
   * returned, and the verdict, for `regotcha-feedback explain`. Tokens and the key are replaced. Default: none.
   */
  readonly record?: string | undefined
  /** Infer verdicts, send nothing. */
  readonly dryRun?: boolean | undefined
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Default: the system clock. */
  readonly clock?: Clock | undefined
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

function isSafe(url: string): boolean {
  const { protocol, hostname, search, hash, username } = URL.parse(url) ?? {}
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname ?? ''))
  return isPrivate && !search && !hash && !username
}

const isCount = (value: unknown) => value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && Number(value) > 0)

const environment = (name: string) => () => process.env[name] || undefined

/** The API's own name for the key, and the name that some of its clients use. */
const keyVariables = ['REGOTCHA_CLIENT_KEY', 'REGOTCHA_API_KEY'] as const

const keysOfEnvironment = () => new Set(keyVariables.map((name) => process.env[name]?.trim()).filter(Boolean))

/** `undefined` also if the variables differ, because either key may be the right one. */
function keyOfEnvironment(): string | undefined {
  const [key, another] = keysOfEnvironment()
  return another ? undefined : key
}

const outboxOfEnvironment = () => {
  const { REGOTCHA_OUTBOX: outbox = '' } = process.env
  if (outbox === '' || outbox === 'sqlite') return 'sqlite'
  return outbox === 'memory' ? outbox : { file: outbox }
}

const localPlaces = [
  z.literal('memory'),
  z.literal('sqlite').transform(() => ({ file: defaultOutboxFile() })),
  z.strictObject({
    file: z
      .string()
      .min(1)
      .transform((file) => resolve(file)),
  }),
] as const

/** A schema for where the feedback of this machine waits. Default: the environment variable `REGOTCHA_OUTBOX`. */
export const localOutbox = () =>
  z.union(localPlaces, "'sqlite', 'memory' or { file }").prefault(outboxOfEnvironment) satisfies z.ZodType<LocalPlace>

const aBaseURL = 'an https URL without query or credentials (http only on loopback)'
const aKey = 'the API key (or the environment variable REGOTCHA_CLIENT_KEY)'
const oneKey = 'one API key'
const differentKeys = 'different ones in the environment variables REGOTCHA_CLIENT_KEY and REGOTCHA_API_KEY'
/** An attempt that outlived its lease of 60 s could be made twice. */
const isWithinLease = (ms: number) => ms <= 45_000

const aSignal = closingSignals.join(', ').replace(/, (?!.*,)/, ' or ')
const someSignals = `a list of ${aSignal}`
const aPace = 'a pace as { perMinute, burst }, both positive'

const anAlert = 'an object of { threshold, window, minimum }'
const aRate = 'a rate from 0 to 1'
const aCount = 'a whole number from 1'
const acceptanceAlert = z
  .strictObject(
    {
      threshold: z.number(aRate).min(0, aRate).max(1, aRate).default(0.5),
      window: z.int(aCount).min(1, aCount).default(20),
      minimum: z.int(aCount).min(1, aCount).optional(),
    },
    anAlert,
  )
  .superRefine(({ window, minimum = 1 }, context) => {
    if (minimum <= window) return
    context.addIssue({ code: 'custom', path: ['minimum'], message: 'at most the `window`', input: minimum })
  })
  .prefault({})
  .transform(({ minimum, ...rest }): AcceptanceAlert => ({ ...rest, minimum: minimum ?? Math.min(10, rest.window) }))

/** Checks the options of `createRegotchaFeedback`, and fills them in from the environment and the defaults. */
export const feedbackOptions = z
  .strictObject(
    {
      clientKey: text(aKey).optional().prefault(keyOfEnvironment),
      baseURL: z
        .string(aBaseURL)
        .refine(isSafe, aBaseURL)
        .transform((url) => url.replace(/\/+$/, ''))
        .default('https://api.regotcha.com')
        .prefault(environment('REGOTCHA_BASE_URL') as () => string),
      outbox: z
        .union(
          [...localPlaces, functionOf<OpenOutbox>(), z.custom<Outbox>(isOutbox)],
          `'sqlite', 'memory', { file } or ${anOutbox}`,
        )
        .prefault(outboxOfEnvironment),
      pace: z
        .strictObject({ perMinute: z.number(aPace).positive(aPace), burst: z.number(aPace).min(1, aPace) }, aPace)
        .default({ perMinute: 4, burst: 2 }),
      sites: siteRules().default([]),
      holdAfter: z.custom<number>(isCount, 'a whole number from 1, or Infinity').default(20),
      acceptance: acceptanceAlert,
      historyDays: z.number('a number of days, at least 1').min(1, 'a number of days, at least 1').default(30),
      attemptTimeout: milliseconds().refine(isWithinLease, 'at most 45,000 ms').default(10_000),
      closeOn: z.array(z.enum(closingSignals, aSignal), someSignals).readonly().default([]),
      closeTimeout: milliseconds().default(5_000),
      dryRun: z.boolean('true or false').default(false),
      record: text('the path of a folder').optional(),
      fetch: functionOf<typeof globalThis.fetch>().optional(),
      clock: z.custom<Clock>((value) => typeof value === 'object' && value !== null, 'a clock').default(systemClock),
    },
    'an object of options',
  )
  .superRefine(({ clientKey, dryRun }, context) => {
    if (clientKey) return
    if (keysOfEnvironment().size > 1)
      context.addIssue({ code: 'custom', path: ['clientKey'], message: oneKey, params: { got: differentKeys } })
    else if (!dryRun) context.addIssue({ code: 'custom', path: ['clientKey'], message: aKey, input: clientKey })
  })
