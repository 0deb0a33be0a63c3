/**
 * Generated predicates. A sensible predicate follows from how the site shows success, or refuses. All others are
 * hasty.
 */
import fc from 'fast-check'
import { z } from 'zod'
import type { Predicate } from '../../packages/core/src/predicates/predicate.ts'
import type { Core } from './core.ts'
import { type CrawlerTraits, knowsOf } from './crawler.ts'
import { mostly } from './odds.ts'
import { codeOf, hasTwoSteps, isDocument, type SiteTraits, sentenceOf, statusOf } from './site.ts'

/** What else decides whether a predicate is sensible, besides the site. */
interface Situation {
  /** Whether predicates are asked about each response of the page. */
  readonly isWholePage: boolean
  /** Whether another request with the token is answered long before the form is sent, and taken for the submission. */
  readonly isForestalled: boolean
  /** Whether the watch has neither `token` nor `submittedWhen`. */
  readonly isGuess: boolean
  /** Whether another page of the browser does the same. */
  readonly hasSecondPage: boolean
}

interface Ask {
  readonly name: string
  readonly make: (core: Core, site: SiteTraits) => Predicate
  readonly isSensible: (site: SiteTraits, situation: Situation) => boolean
}

/** Whether success loads its own document. */
const goesOn = ({ success }: SiteTraits) => success === 'redirect' || success === 'script'

/**
 * Whether success has a URL of its own, which shows nothing else: where a page shows it before it asks, the request
 * has to be known.
 */
const hasPage = (site: SiteTraits, { isGuess }: Situation) =>
  !(site.isOptimistic && isGuess) &&
  (goesOn(site) || (site.success === 'push' && (!isDocument(site) || site.carrier === 'hidden frame')))

/** Whether an answer to another request looks like success. */
const isMistakable = ({ noise, noiseAnswer }: SiteTraits) => noiseAnswer === 'success' && noise.length > 0

const answersJson = (site: SiteTraits, { isWholePage, isForestalled }: Situation) =>
  !(isForestalled && isMistakable(site)) &&
  (!isDocument(site) || site.isJob) &&
  site.carrier !== 'beacon' &&
  (isWholePage ? !isMistakable(site) : !site.isJob)

const succeeded = z.object({ success: z.literal(true) })

export const acceptances: readonly Ask[] = [
  { name: "url('**/dashboard')", make: ({ url }) => url('**/dashboard'), isSensible: hasPage },
  {
    name: "({ url }) => url.endsWith('/dashboard')",
    make:
      () =>
      ({ url }) =>
        url.endsWith('/dashboard'),
    isSensible: hasPage,
  },
  { name: 'json({ success: true })', make: ({ json }) => json(succeeded), isSensible: answersJson },
  {
    name: 'async ({ json }) => (await json()).success === true',
    make:
      () =>
      async ({ json }) =>
        (await json()).success === true,
    isSensible: answersJson,
  },
  {
    name: "text('Welcome, Ada')",
    make: ({ text }) => text('Welcome, Ada'),
    isSensible: (site) => (isDocument(site) ? site.success !== 'nowhere' : goesOn(site)),
  },
  {
    name: "cookie('session')",
    make: ({ cookie }) => cookie('session'),
    isSensible: ({ setsSession }, { hasSecondPage }) => setsSession && !hasSecondPage,
  },
  {
    name: "({ headers }) => 'set-cookie' in headers",
    make:
      () =>
      ({ headers }) =>
        headers['set-cookie'] !== undefined,
    isSensible: ({ setsSession, isJob, carrier }) => setsSession && !isJob && carrier !== 'beacon',
  },
  {
    name: "visible('.welcome')",
    make: ({ visible }) => visible('.welcome'),
    isSensible: ({ carrier, success, isJob }) =>
      !['frame', 'popup'].includes(carrier) &&
      !(carrier === 'hidden frame' && (isJob || success === 'redirect')) &&
      success !== 'nowhere',
  },
  {
    name: "header('location', /dashboard$/)",
    make: ({ header }) => header('location', /dashboard$/),
    isSensible: (site) => isDocument(site) && site.success === 'redirect' && !site.isJob,
  },
  {
    name: "url('myapp://done')",
    make: ({ url }) => url('myapp://done'),
    isSensible: (site) => isDocument(site) && site.success === 'nowhere' && !site.isJob,
  },
  {
    name: 'all(status(201), not(text(/captcha/)))',
    make: ({ all, status, not, text }) => all(status(201), not(text(/captcha/i))),
    isSensible: (site) =>
      site.successStatus === 201 &&
      site.carrier !== 'beacon' &&
      !site.hasFurniture &&
      !site.isJob &&
      !(isDocument(site) && site.success === 'redirect'),
  },
  { name: "status('2xx')", make: ({ status }) => status('2xx'), isSensible: () => false },
  { name: "url('**')", make: ({ url }) => url('**'), isSensible: () => false },
  { name: "not(url('**/login'))", make: ({ not, url }) => not(url('**/login')), isSensible: () => false },
  { name: 'not(text(/error|wrong/i))', make: ({ not, text }) => not(text(/error|wrong/i)), isSensible: () => false },
  {
    name: '({ status }) => status < 400',
    make:
      () =>
      ({ status }) =>
        (status ?? 0) < 400,
    isSensible: () => false,
  },
]

/** Whether an answer with a reason for the refusal is the submission's, or one that predicates are asked about. */
const isHeard = (site: SiteTraits, { isWholePage }: Situation) =>
  site.carrier !== 'beacon' && (isWholePage || !(site.isJob || hasTwoSteps(site)))

export const rejections: readonly Ask[] = [
  {
    name: 'json code',
    make:
      (_, site) =>
      async ({ json }) =>
        JSON.stringify((await json()).error) === JSON.stringify(codeOf(site, 'captcha')),
    isSensible: (site, situation) => site.refusal === 'code' && !isDocument(site) && isHeard(site, situation),
  },
  {
    name: 'text of the sentence',
    make: ({ text }, site) => text(sentenceOf(site, 'captcha')),
    isSensible: (site, situation) => site.refusal === 'words' && isHeard(site, situation),
  },
  {
    name: "url('**/login?error=captcha')",
    make: ({ url }) => url('**/login?error=captcha'),
    isSensible: ({ refusal }) => refusal === 'query',
  },
  {
    name: 'status of a refused captcha',
    make: ({ status }, site) => status(statusOf(site, 'captcha')),
    isSensible: (site, situation) => site.refusal === 'status' && isHeard(site, situation),
  },
  {
    name: 'captchaAgain()',
    make: (core) => again(core) ?? (() => false),
    // A page that waits, or goes back, comes to the form again after any refusal.
    isSensible: ({ again: when, isJob, refusal }) =>
      when === 'after a refused captcha' && !isJob && refusal !== 'alert and back',
  },
  { name: "status('4xx')", make: ({ status }) => status('4xx'), isSensible: () => false },
  { name: 'text(/captcha/i)', make: ({ text }) => text(/captcha/i), isSensible: () => false },
  { name: "url('**/login')", make: ({ url }) => url('**/login'), isSensible: () => false },
  {
    name: 'async ({ json }) => !(await json()).success',
    make:
      () =>
      async ({ json }) =>
        !(await json()).success,
    isSensible: () => false,
  },
]

/** Since issue 11; until it is merged nothing shows a captcha again. */
const again = (core: Core) => (core as { captchaAgain?: () => Predicate }).captchaAgain?.()

/** A user's predicates: sensible ones for the site, or any. Without `rejected`, the default applies. */
export const choices = fc.record({
  accepted: fc.nat(14),
  rejected: mostly(0, 1, 2, 3, 4, 5),
  isSilenceRejection: mostly(false, true),
  /** Which of them is any, sensible or not. */
  hasty: mostly('none', 'acceptedWhen', 'rejectedWhen'),
})

export function asksOf(
  site: SiteTraits,
  crawler: CrawlerTraits,
  { hasty, isSilenceRejection, ...choice }: typeof choices extends fc.Arbitrary<infer T> ? T : never,
) {
  const { scope, arms, hesitates, hasSecondPage } = crawler
  const known = knowsOf(crawler)
  const areDescribed = known.every((knows) => knows.endsWith('submittedWhen'))
  const takesAlong = site.noise.some((noise) => ['autosave', 'recorder', 'recalculation'].includes(noise))
  const isForestalled = takesAlong && hesitates > 1_000 && !areDescribed
  const isGuess = known.includes('neither')
  const situation = { isWholePage: scope === 'page' || isGuess, isForestalled, isGuess, hasSecondPage }
  const pick = (asks: readonly Ask[], index: number, isHasty: boolean) => {
    const from = isHasty ? asks : asks.filter((ask) => ask.isSensible(site, situation))
    return from.length > 0 ? from[index % from.length] : undefined
  }
  const accepted = pick(acceptances, choice.accepted, hasty === 'acceptedWhen')
  const rejected = choice.rejected === 0 ? undefined : pick(rejections, choice.rejected - 1, hasty === 'rejectedWhen')
  const knowTokens = known.every((knows) => knows.startsWith('token') || knows === 'lookout')
  const isSensible =
    [accepted, rejected].every((ask) => ask?.isSensible(site, situation) ?? true) &&
    // Silence is a refusal of the captcha where nothing else is refused, and success would have shown, to each watch.
    (!isSilenceRejection ||
      (accepted !== undefined &&
        new Set(known).size === 1 &&
        site.otherwise === 'nothing' &&
        (!takesAlong || areDescribed))) &&
    // What left before is the submission of nobody, unless its token tells.
    (arms === 'before' || knowTokens)
  return { accepted, rejected, isSilenceRejection, isSensible }
}
