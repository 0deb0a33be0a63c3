/** Finds the fewest conditions that hold on some visits and on no others, the most robust first. */
import { all, any, type Combinator, EvidenceError } from '@regotcha-feedback/core'
import { type Condition, commonPath, conditionsOf, type Proposal, ranks } from './conditions.ts'
import type { Body, SeenVisit, Sight } from './sights.ts'

/** A condition of a choice. */
export interface Part extends Condition {
  /** The names of the visits on which it held. */
  readonly heldOn: readonly string[]
}

/** One way to tell the visits apart: any of these conditions. There are several if the visits end in different ways. */
export interface Choice {
  readonly parts: readonly Part[]
  readonly predicate: Combinator
}

/** A condition and the visits on which it held. */
interface Held {
  readonly condition: Condition
  readonly on: ReadonlySet<SeenVisit>
  readonly isSeparating: boolean
}

/** How many conditions are combined in pairs. */
const paired = 30

export interface Preference {
  /** Whether a condition counts. */
  readonly counts?: (condition: Condition) => boolean | undefined
  /** Whether conditions that name a reason come first. */
  readonly reasonsFirst?: boolean
}

export async function* choicesOf(
  these: readonly SeenVisit[],
  others: readonly SeenVisit[],
  { counts = () => true, reasonsFirst = false }: Preference = {},
): AsyncGenerator<Choice, void> {
  if (these.length === 0) return
  const { holdIn, mayHoldIn } = createHolding()
  const found: Held[] = []
  const candidates = candidatesOf(these).filter(counts)
  const order = reasonsFirst ? candidates.toSorted((a, b) => Number(!a.isReason) - Number(!b.isReason)) : candidates
  for (const condition of order) {
    const on = new Set<SeenVisit>()
    for (const visit of these) {
      if (await holdIn([condition], visit)) on.add(visit)
      else if (!mayCover(condition)) break
    }
    const isOnAll = on.size === these.length
    if (!isOnAll && !(on.size > 0 && mayCover(condition))) continue
    const isSeparating = !(await some(others, (visit) => mayHoldIn([condition], visit)))
    found.push({ condition, on, isSeparating })
    if (isSeparating && isOnAll) yield choiceOf([partOf(condition, these)])
  }
  const cover = coverOf(found, these)
  if (cover) yield choiceOf(cover)
  const common = found.filter(({ on }) => on.size === these.length).map(({ condition }) => condition)
  for (const pair of pairsOf(common.slice(0, paired))) {
    if (await some(others, (visit) => mayHoldIn(pair, visit))) continue
    if (await some(these, async (visit) => !(await holdIn(pair, visit)))) continue
    yield choiceOf([partOf(together(pair), these)])
  }
}

export function choiceOf(parts: readonly Part[]): Choice {
  const [first, ...more] = parts.map(({ predicate }) => predicate)
  return { parts, predicate: first && more.length === 0 ? first : any(...parts.map(({ predicate }) => predicate)) }
}

export const partOf = (condition: Condition, on: Iterable<SeenVisit>): Part => ({
  ...condition,
  heldOn: Array.from(on, ({ name }) => name),
})

const together = (conditions: readonly Condition[]): Condition => ({
  code: `all(${conditions.map(({ code }) => code).join(', ')})`,
  uses: ['all', ...conditions.flatMap(({ uses }) => uses)],
  predicate: all(...conditions.map(({ predicate }) => predicate)),
  rank: Math.max(...conditions.map(({ rank }) => rank)),
})

/** Each condition once. Conditions of the same rank are in the order in which the visits met them. */
function candidatesOf(visits: readonly SeenVisit[]): readonly Condition[] {
  const typed = visits.flatMap((visit) => visit.typed)
  const byCode = new Map<string, Proposal>()
  const add = (proposal: Proposal) => {
    const known = byCode.get(proposal.code)
    if (!known || known.rank > proposal.rank) byCode.set(proposal.code, proposal)
  }
  for (const { sights, formAt } of visits)
    for (const sight of sights) for (const proposal of conditionsOf(sight, { typed, formAt })) add(proposal)
  const [pages = [], ...others] = visits.map(({ sights }) => sights.filter(({ kind }) => kind === 'navigation'))
  for (const page of pages)
    for (const other of others.flat()) for (const proposal of commonPath(page, other)) add(proposal)
  const proposals = [...byCode.values()].sort((a, b) => a.rank - b.rank)
  return proposals.map(({ predicate, ...proposal }) => ({ ...proposal, predicate: predicate() }))
}

/** `unknown`: the recording lost what the condition looks at. */
type Answer = boolean | 'unknown'

/**
 * Whether conditions hold, or may hold, together on one piece of a visit's evidence. Each is asked once per piece; one
 * that reads only bodies is asked once per body, because a response and its navigation share one.
 */
function createHolding() {
  const answers = new Map<Condition, Map<Sight | Body, Answer>>()

  async function ask(condition: Condition, sight: Sight): Promise<Answer> {
    const known = answers.get(condition) ?? new Map<Sight | Body, Answer>()
    answers.set(condition, known)
    const key = (readsBody(condition) && sight.body) || sight
    const answer = known.get(key) ?? (await held(condition, sight))
    known.set(key, answer)
    return answer
  }

  const asking =
    (isEnough: (answer: Answer) => boolean) =>
    async (conditions: readonly Condition[], { sights }: SeenVisit): Promise<boolean> => {
      const isShort = (sight: Sight) => some(conditions, async (condition) => !isEnough(await ask(condition, sight)))
      return some(sights, async (sight) => !(await isShort(sight)))
    }

  return { holdIn: asking((answer) => answer === true), mayHoldIn: asking((answer) => answer !== false) }
}

const readsBody = ({ uses }: Condition) => uses.every((name) => name === 'text' || name === 'json')

async function held({ predicate }: Condition, sight: Sight): Promise<Answer> {
  try {
    return await predicate(sight, undefined)
  } catch (error) {
    if (error instanceof EvidenceError) return error.reason === 'lost' ? 'unknown' : false
    throw error
  }
}

/** Sentences and weaker conditions can't, because any two pages each have one that the other lacks. */
const mayCover = ({ rank }: Condition) => rank < ranks.text

/** Greedily chooses conditions until every visit has one: each time the one that holds on most of the remaining visits. */
function coverOf(found: readonly Held[], visits: readonly SeenVisit[]): readonly Part[] | undefined {
  const left = new Set(visits)
  const usable = found.filter(({ isSeparating, condition }) => isSeparating && mayCover(condition))
  const cover: Part[] = []
  while (left.size > 0) {
    const gain = ({ on }: Held) => [...on].filter((visit) => left.has(visit)).length
    const best = usable.reduce<Held | undefined>(
      (best, next) => (best && gain(best) >= gain(next) ? best : next),
      undefined,
    )
    if (!best || gain(best) === 0) return undefined
    cover.push(partOf(best.condition, best.on))
    for (const visit of best.on) left.delete(visit)
  }
  return cover.length > 1 ? cover : undefined
}

function* pairsOf(conditions: readonly Condition[]): Generator<readonly Condition[]> {
  for (const [index, first] of conditions.entries())
    for (const second of conditions.slice(index + 1)) yield [first, second]
}

async function some<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (await test(item)) return true
  return false
}
