/** What a made-up site is like: how it takes a token, has it verified, and shows what came of it. */
import fc from 'fast-check'
import type { Sending } from './facts.ts'
import { mostly } from './odds.ts'
import { codes, type Outcome, type Refusal, sentences, statuses } from './speech.ts'
import type { Time } from './time.ts'

const noises = [
  'autosave',
  'recorder',
  'recalculation',
  'analytics',
  'own v3 tokens',
  'polls',
  'pings',
  'translations',
] as const

export const sites = fc.record({
  /** What takes the token to the site. */
  carrier: fc.constantFrom(
    'fetch',
    'form',
    'fetch',
    'form',
    'frame',
    'hidden frame',
    'popup',
    'GET form',
    'GET call',
    'beacon',
  ),
  encoding: fc.constantFrom('urlencoded', 'json', 'multipart', 'header'),
  field: fc.constantFrom('g-recaptcha-response', 'captcha'),
  tokens: mostly('vendor', 'opaque', 'short'),
  /** Whether the answer comes later, to who polls. */
  isJob: mostly(false, true),
  /** Whether the captcha has a call to itself, and the rest of the form follows by another one. */
  isTwoSteps: mostly(false, true),
  /** How success shows. */
  success: fc.constantFrom('redirect', 'page', 'script', 'push', 'redirect', 'page', 'script', 'push', 'nowhere'),
  successStatus: fc.constantFrom(200, 201),
  setsSession: fc.boolean(),
  /** How a refusal shows, whatever is refused. */
  refusal: fc.constantFrom('words', 'code', 'words', 'code', 'query', 'status', 'silence', 'alert and back'),
  refusalStatus: fc.constantFrom(422, 200, 403, 400),
  wording: fc.nat(11),
  /** When the page that refused shows a captcha again. */
  again: fc.constantFrom('after a refused captcha', 'after any refusal', 'never'),
  /** What is refused instead of, or beside, the captcha; `waved through` where the vendor can't be reached. */
  otherwise: mostly(
    'nothing',
    ...(['password', 'taken', 'expired', 'rate limit', 'outage', 'down', 'disconnected', 'waved through'] as const),
  ),
  isOtherwiseOnce: fc.boolean(),
  verifiesLast: fc.boolean(),
  /** A wall in front of the site, that answers in its place. */
  wall: mostly('none', 'once', 'always'),
  noise: mostly(0, 1, 2).chain((count) =>
    fc.uniqueArray(fc.constantFrom(...noises), { minLength: count, maxLength: count }),
  ),
  noiseAnswer: fc.constantFrom('nothing', 'words', 'success'),
  hasFurniture: fc.boolean(),
  /** Whether the page shows success before it knows, and takes it back. */
  isOptimistic: mostly(false, true),
  /** Whether everybody may go where success leads. */
  isOpen: fc.boolean(),
  takes: mostly(30, 900, 6_000),
})

export type SiteTraits = typeof sites extends fc.Arbitrary<infer T> ? T : never

export const home = 'https://site.test'

export const isDocument = ({ carrier }: Pick<SiteTraits, 'carrier'>) =>
  ['form', 'frame', 'hidden frame', 'popup', 'GET form'].includes(carrier)

export const hasTwoSteps = (traits: SiteTraits) =>
  traits.isTwoSteps && !traits.isJob && !isDocument(traits) && traits.carrier !== 'beacon'

/** What a site's page and its server have in common. */
export interface Site {
  readonly traits: SiteTraits
  readonly time: Time
  /** A page of it shows what came of a submission. */
  shown(about: Pick<Sending, 'token'>, outcome: Outcome): void
}

export const sentenceOf = ({ wording }: SiteTraits, refusal: Refusal) =>
  pick(sentences[refusal as 'captcha'] ?? ['Error'], wording)
export const codeOf = ({ wording }: SiteTraits, refusal: Refusal) => pick(codes[refusal], wording)
export const statusOf = ({ refusal: how, refusalStatus }: SiteTraits, refusal: Refusal) =>
  how === 'silence' ? 200 : how === 'status' || refusal !== 'captcha' ? statuses[refusal] : refusalStatus

const pick = <T>(from: readonly T[], index: number) => from[index % from.length] as T
