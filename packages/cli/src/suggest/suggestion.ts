/** From recorded visits to rules: proposes conditions that tell them apart, and keeps those that the watch confirms. */
import { captchaAgain, captchaRefused, type Verdict } from '@regotcha-feedback/core'
import { type Explanation, explanationOf } from '../explain/explanation.ts'
import type { ExplainRules } from '../explain/rules.ts'
import { type Choice, choiceOf, choicesOf, partOf } from './choices.ts'
import { type Condition, ranks } from './conditions.ts'
import { type Bodies, type SeenVisit, seenIn } from './sights.ts'
import { sentTo } from './submitted-to.ts'
import type { Outcome, Visit } from './visits.ts'

/** A visit and its verdict under the rules. */
export interface Judged {
  readonly visit: Visit
  readonly verdict: Verdict
  readonly unless: Explanation['unless']
}

export interface Suggestion {
  /**
   * A part of the submission's URL, if several requests carried the token and only this one distinguishes the visits.
   */
  readonly submittedTo?: string | undefined
  readonly scope: 'submission' | 'page'
  readonly acceptedWhen: Choice
  /** `undefined`: the watch's default. */
  readonly rejectedWhen: Choice | undefined
  /** A condition that holds on every refusal of the captcha, and perhaps on other refusals, too. */
  readonly unproven: Choice | undefined
  readonly judged: readonly Judged[]
  /** What would make the rules more certain, one sentence each. */
  readonly needs: readonly string[]
}

export interface Inseparable {
  readonly acceptedWhen?: undefined
  readonly needs: readonly string[]
}

/** How many choices are replayed before giving up. */
const patience = 12

const byRefusal: Condition = {
  code: 'captchaRefused()',
  uses: ['captchaRefused'],
  predicate: captchaRefused(),
  rank: 0,
}
/** Most sites also show it after a wrong password. */
const byAgain: Condition = { code: 'captchaAgain()', uses: ['captchaAgain'], predicate: captchaAgain(), rank: 0 }
const never = () => false

/**
 * If several requests carried the token, and the watch can't tell which one counts, each is tried as the submission.
 * @param visits - each with its submission, some accepted and some rejected.
 */
export async function suggestionOf(visits: readonly Visit[]): Promise<Suggestion | Inseparable> {
  const bodies: Bodies = new Map()
  const first = await suggestionAsIs(visits, bodies)
  if (first.acceptedWhen && isWhole(first)) return first
  for (const submittedTo of rivalsIn(visits)) {
    const submittedWhen = sentTo({ part: submittedTo })
    const suggestion = await suggestionAsIs(
      visits.map((visit) => ({ ...visit, telling: { ...visit.telling, submittedWhen } })),
      bodies,
    )
    if (suggestion.acceptedWhen && isWhole(suggestion)) return { ...suggestion, submittedTo }
  }
  return first
}

/** Whether the rules judge each recording correctly. */
export const isWhole = ({ judged }: Suggestion) =>
  judged.every(({ visit, verdict }) =>
    visit.outcome === 'otherwise' ? verdict.kind === 'undecided' : verdict.kind === visit.outcome,
  )

/** The paths to which all visits sent their token, last first; none if there is only one. */
function rivalsIn(visits: readonly Visit[]): readonly string[] {
  const paths = visits.map(({ submissions }) => submissions.map(({ url }) => new URL(url).pathname))
  const all = new Set(paths.flat())
  const common = [...all].filter((path) => path !== '/' && paths.every((ofVisit) => ofVisit.includes(path)))
  return all.size > 1 ? common.reverse() : []
}

async function suggestionAsIs(visits: readonly Visit[], bodies: Bodies): Promise<Suggestion | Inseparable> {
  const lost = new Set<string>()
  const tried: { readonly scope: Suggestion['scope']; readonly seen: readonly SeenVisit[] }[] = []
  for (const scope of ['submission', 'page'] as const) {
    const seen: SeenVisit[] = []
    for (const visit of visits) seen.push(await seenIn(visit, scope, bodies))
    const acceptedWhen = await accepting(seen, scope)
    if (acceptedWhen) return { scope, acceptedWhen, ...(await rejecting(seen, scope, acceptedWhen)) }
    tried.push({ scope, seen })
    for (const { name, lostBodies } of seen) if (lostBodies > 0) lost.add(name)
  }
  const needs = needsToSeparate(visits, lost)
  for (const { scope, seen } of tried) {
    const rejectingOnly = asRejecting({ scope, acceptedWhen: nothing, ...(await rejecting(seen, scope, nothing)) })
    if (rejectingOnly) return { ...rejectingOnly, needs: [...needs, ...rejectingOnly.needs] }
  }
  return { needs }
}

/** Rules that recognise only the refusals of the captcha, if nothing shows acceptance. */
function asRejecting(suggestion: Suggestion): Suggestion | undefined {
  const told = suggestion.judged.filter(({ verdict }) => verdict.kind === 'rejected')
  return told.length > 0 && told.every(({ visit }) => visit.outcome === 'rejected') ? suggestion : undefined
}

async function accepting(seen: readonly SeenVisit[], scope: Suggestion['scope']): Promise<Choice | undefined> {
  const of = (outcome: Outcome) => seen.filter((visit) => visit.outcome === outcome)
  const choices = choicesOf(of('accepted'), [...of('rejected'), ...of('otherwise')])
  const rulesOf = ({ predicate }: Choice) => ({ scope, acceptedWhen: predicate, rejectedWhen: never })
  return (await firstOf(choices, seen, rulesOf, 'accepted'))?.choice
}

async function rejecting(
  seen: readonly SeenVisit[],
  scope: Suggestion['scope'],
  { predicate: acceptedWhen }: Choice,
): Promise<Pick<Suggestion, 'rejectedWhen' | 'unproven' | 'judged' | 'needs'>> {
  const rejected = seen.filter(({ outcome }) => outcome === 'rejected')
  const others = seen.filter(({ outcome }) => outcome !== 'rejected')
  const misread = others.filter(({ saysRefused }) => saysRefused)
  const silent = rejected.filter(({ saysRefused }) => misread.length > 0 || !saysRefused)
  const speaking = rejected.filter((visit) => !silent.includes(visit))
  const whole = (choice: Choice) =>
    speaking.length > 0 ? choiceOf([partOf(byRefusal, speaking), ...choice.parts]) : choice
  const rulesOf = (choice: Choice | undefined): ExplainRules => ({
    scope,
    acceptedWhen,
    rejectedWhen: choice?.predicate ?? (misread.length > 0 ? never : undefined),
  })
  const isProven = others.some(({ outcome }) => outcome === 'otherwise')
  const choices = choicesOf(silent, others, { reasonsFirst: true, ...(!isProven && { counts: isOfCaptcha }) })
  const first = (choices: AsyncIterable<Choice>) =>
    firstOf(choices, seen, (choice) => rulesOf(whole(choice)), 'rejected')
  const sure = await first(choices)
  const errors = choicesOf(silent, others, { counts: ({ isError, uses }) => isError || uses.includes('json') })
  const found = sure ?? (await first(errors)) ?? (await first(againIn(silent, others)))
  const isTaken = found !== undefined && (isProven || (found === sure && silent.length > 1))
  const rejectedWhen =
    silent.length === 0
      ? choiceOf([partOf(byRefusal, rejected)])
      : found && isTaken
        ? whole(found.choice)
        : misread.length > 0
          ? nothing
          : undefined
  // Replaying reads each page for a refusal once more.
  const saysNothing = acceptedWhen === nothing.predicate && rejectedWhen === undefined && speaking.length === 0
  return {
    rejectedWhen,
    unproven: isTaken ? undefined : found?.choice,
    judged: found && isTaken ? found.judged : saysNothing ? [] : await judgedBy(rulesOf(rejectedWhen), seen),
    needs: needsToReject(silent, misread, found !== undefined, isProven),
  }
}

/**
 * Whether a condition may stand for a refusal of the captcha although no other refusal was recorded. A sentence that does
 * not mention the captcha is about something else, and so is a flag beside it.
 */
const isOfCaptcha = ({ rank, isReason, isAnyRefusals }: Condition) => isReason || (rank < ranks.text && !isAnyRefusals)

async function* againIn(silent: readonly SeenVisit[], others: readonly SeenVisit[]): AsyncGenerator<Choice, void> {
  const isTelling = silent.length > 0 && silent.every(({ showsAgain }) => showsAgain)
  if (isTelling && !others.some(({ showsAgain }) => showsAgain)) yield choiceOf([partOf(byAgain, silent)])
}

/** Used if nothing shows the outcome, or if `captchaRefused()` also holds on other visits. */
const nothing = choiceOf([
  { code: '() => false', uses: [], predicate: Object.assign(never, { description: 'never' }), rank: 0, heldOn: [] },
])

/** A choice, and the verdicts of the visits under it. */
interface Found {
  readonly choice: Choice
  readonly judged: readonly Judged[]
}

/** The first choice under which all visits with this outcome, and no others, have this verdict. */
async function firstOf(
  choices: AsyncIterable<Choice>,
  seen: readonly SeenVisit[],
  rulesOf: (choice: Choice) => ExplainRules,
  kind: 'accepted' | 'rejected',
): Promise<Found | undefined> {
  let tries = 0
  for await (const choice of choices) {
    if (tries++ === patience) return undefined
    const judged: Judged[] = []
    for (const visit of seen) {
      const one = await judgedUnder(rulesOf(choice), visit)
      if ((one.verdict.kind === kind) !== (visit.outcome === kind)) break
      judged.push(one)
    }
    if (judged.length === seen.length) return { choice, judged }
  }
  return undefined
}

async function judgedBy(rules: ExplainRules, visits: readonly Visit[]): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const visit of visits) judged.push(await judgedUnder(rules, visit))
  return judged
}

async function judgedUnder(rules: ExplainRules, visit: Visit): Promise<Judged> {
  const { verdict, unless } = await explanationOf(visit.recording, { ...visit.telling, ...rules })
  return { visit, verdict, unless }
}

const listed = (visits: readonly { readonly name: string }[]) => visits.map(({ name }) => name).join(', ')

function needsToSeparate(visits: readonly Visit[], lost: ReadonlySet<string>): readonly string[] {
  const accepted = visits.filter(({ outcome }) => outcome === 'accepted')
  return [
    `nothing that ${listed(accepted)} shows after the submission is missing from the other recordings and looks the same at the next visit`,
    ...needsBodies(visits.filter(({ name }) => lost.has(name))),
    'record until the page shows the outcome, and check that each recording is on the right side',
    'where only the page shows it, as by an element or a URL that a script sets, write `acceptedWhen` by hand with `visible()`, `cookie()` or `url()`',
  ]
}

const needsBodies = (without: readonly Visit[]): readonly string[] =>
  without.length === 0
    ? []
    : [
        `bodies are missing from ${listed(without)}: record with content, as Playwright does with \`recordHar: { content: 'embed' }\``,
      ]

function needsToReject(
  silent: readonly SeenVisit[],
  misread: readonly SeenVisit[],
  isFound: boolean,
  isProven: boolean,
): readonly string[] {
  const words = misread.length > 0 ? [`captchaRefused() also holds on ${listed(misread)}, so it is left out`] : []
  if (silent.length === 0 || (isFound && isProven)) return words
  const what = `what ${listed(silent)} shows does not speak of the captcha`
  return [
    ...words,
    ...needsBodies(silent.filter(({ lostBodies }) => lostBodies > 0)),
    isFound
      ? `${what}, and may be what it shows on other refusals, which would be told as rejected: record one, such as a wrong password, and pass it with --refused-otherwise`
      : `${what}, and nothing tells it from the other recordings: such a visit stays undecided`,
  ]
}
