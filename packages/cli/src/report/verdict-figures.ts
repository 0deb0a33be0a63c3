import { adviceOnUndecided } from '../advice.ts'
import { clockTime, dayOfMonth, duration, number, percent, plural, weekday } from '../words.ts'
import { bars, columns } from './charts.ts'
import { figure, nothing } from './figure.ts'
import type { Content, Markup } from './markup.ts'
import { nextSteps } from './next-steps.ts'
import { spreadFigure } from './spread.ts'
import { acceptanceRate, type PredicateCount, type Summary, sum, type Verdicts } from './summary.ts'

/** More bars would not be read, and more rows would make the page heavy. */
const [mostBars, mostRows] = [10, 200]
/** A rate from fewer verdicts says little. */
const enough = 20
const kinds = ['accepted', 'rejected', 'undecided'] as const

export function verdictFigures(summary: Summary): Content[] {
  const { nextSteps: steps } = summary
  return [overTime(summary), bySite(summary), byPredicate(summary), undecided(summary), took(summary), nextSteps(steps)]
}

const partsOf = (verdicts: Verdicts) => kinds.map((kind) => ({ kind, count: verdicts[kind] }))
const cellsOf = (verdicts: Verdicts) => [
  ...partsOf(verdicts).map(({ count }) => count),
  percent(acceptanceRate(verdicts)),
]
const decided = ({ accepted, rejected }: Verdicts) => accepted + rejected
const restOf = (all: number, what: string) => (all > mostRows ? `And ${plural(all - mostRows, what)} more.` : undefined)

function overTime({ overTime, unit, verdicts }: Summary): Markup {
  const name = unit === 'hour' ? (at: number) => `${weekday(at)}, ${clockTime(at)}` : weekday
  const telling = overTime.filter((bucket) => decided(bucket) >= enough)
  const worst = telling.toSorted((a, b) => (acceptanceRate(a) ?? 0) - (acceptanceRate(b) ?? 0))[0]
  const overall = `${percent(acceptanceRate(verdicts))} of ${plural(decided(verdicts), 'decided verdict')} were accepted.`
  return figure({
    id: 'over-time',
    title: 'Acceptance over time',
    says:
      worst && telling.length > 1
        ? `${overall} The lowest ${unit} was ${name(worst.at)}, with ${percent(acceptanceRate(worst))}.`
        : overall,
    legend: kinds,
    isWide: true,
    draw: (width) =>
      columns(
        width,
        overTime.map((bucket) => ({
          label: unit === 'hour' ? clockTime(bucket.at) : dayOfMonth(bucket.at),
          title: name(bucket.at),
          parts: partsOf(bucket),
          rate: acceptanceRate(bucket),
        })),
      ),
    table: {
      head: [unit === 'hour' ? 'Hour' : 'Day', 'Accepted', 'Rejected', 'Undecided', 'Acceptance'],
      rows: overTime.map((bucket) => [name(bucket.at), ...cellsOf(bucket)]),
    },
  })
}

const siteName = (site: string | undefined) => site ?? '(no page)'

function bySite({ sites }: Summary): Markup {
  const [first] = sites
  const telling = sites.filter((site) => decided(site) >= enough)
  const worst = telling.toSorted((a, b) => (acceptanceRate(a) ?? 0) - (acceptanceRate(b) ?? 0))[0]
  const most = first ? `${siteName(first.site)} had the most verdicts, ${number(sum(first))}.` : ''
  const lowest =
    worst && telling.length > 1 ? ` ${siteName(worst.site)} accepted the least, ${percent(acceptanceRate(worst))}.` : ''
  return figure({
    id: 'sites',
    title: 'Acceptance by site',
    says: `${plural(sites.length, 'site')}. ${most}${lowest}`,
    legend: kinds,
    draw: (width) =>
      bars(
        width,
        sites.slice(0, mostBars).map((site) => ({
          label: siteName(site.site),
          value: decided(site) > 0 ? `${percent(acceptanceRate(site))} of ${number(decided(site))}` : 'none decided',
          parts: partsOf(site),
        })),
        { share: true },
      ),
    table: {
      head: ['Site', 'Accepted', 'Rejected', 'Undecided', 'Acceptance', 'Rejected by silence or captchaAgain()'],
      rows: sites.slice(0, mostRows).map((site) => [siteName(site.site), ...cellsOf(site), site.byAbsence]),
      rest: restOf(sites.length, 'site'),
    },
  })
}

function predicateName({ by, predicate }: PredicateCount): string {
  if (by === 'silence') return 'silence: no predicate held in time'
  if (by === 'user') return 'accept() or reject()'
  return `${by}: ${predicate ?? 'a function'}`
}

function byPredicate({ predicates }: Summary): Markup {
  const title = 'Verdicts by predicate'
  const [first] = predicates
  if (!first) return nothing(title, 'No predicate has decided anything yet.')
  const bySilence = predicates.filter(({ by }) => by === 'silence').reduce((total, { count }) => total + count, 0)
  const silent =
    bySilence > 0
      ? ` ${plural(bySilence, 'token was', 'tokens were')} rejected by silence alone: an explicit \`rejectedWhen\` would be surer.`
      : ''
  return figure({
    id: 'predicates',
    title,
    says: `Most were decided by ${predicateName(first)} (${number(first.count)}).${silent}`,
    legend: ['accepted', 'rejected'],
    draw: (width) =>
      bars(
        width,
        predicates.slice(0, mostBars).map((each) => ({
          label: predicateName(each),
          value: number(each.count),
          parts: [{ kind: each.kind, count: each.count }],
        })),
      ),
    table: {
      head: ['Predicate', 'Verdict', 'Verdicts', 'Sites'],
      rows: predicates.slice(0, mostRows).map((each) => [predicateName(each), each.kind, each.count, each.sites]),
      rest: restOf(predicates.length, 'predicate'),
    },
  })
}

function undecided({ undecided, verdicts }: Summary): Markup {
  const title = 'Why verdicts stayed undecided'
  const [first] = undecided
  if (!first) return nothing(title, 'None did: every watch was decided.')
  const part = percent(verdicts.undecided / sum(verdicts))
  return figure({
    id: 'undecided',
    title,
    says: `${number(verdicts.undecided)} of ${number(sum(verdicts))} (${part}). Most often ${first.reason}: ${adviceOnUndecided(first.reason)}`,
    draw: (width) =>
      bars(
        width,
        undecided.map(({ reason, count }) => ({
          label: reason,
          value: number(count),
          parts: [{ kind: 'undecided', count }],
        })),
      ),
    table: {
      head: ['Reason', 'Verdicts', 'What it means'],
      rows: undecided.map(({ reason, count }) => [reason, count, adviceOnUndecided(reason)]),
    },
  })
}

function took({ took }: Summary): Markup {
  return spreadFigure({
    id: 'took',
    title: 'Time from solve to verdict',
    says: `Half were known within ${duration(took.median)}, nine in ten within ${duration(took.p90)}. Counted from when the watch was armed with the solved token.`,
    spread: took,
    kind: 'verdicts',
    counted: 'Verdicts',
  })
}
