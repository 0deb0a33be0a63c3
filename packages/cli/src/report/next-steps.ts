/** What to do about undecided verdicts, by site: the numbers and their card. */
import { pathToFileURL } from 'node:url'
import type { VerdictRecord } from '@regotcha-feedback/core/outbox-file'
import { adviceOnUndecided } from '../advice.ts'
import { number, plural } from '../words.ts'
import { html, type Markup, prose } from './markup.ts'

/** The most frequent reason at a site, and the most frequent advice of its verdicts. */
export interface NextStep {
  readonly site: string | undefined
  /** How many verdicts of the site are undecided, and how many of them for this reason. */
  readonly undecided: number
  readonly reason: string
  readonly count: number
  readonly advice: string
  /** The record of its latest visit, a path. */
  readonly visit?: string | undefined
}

/** More sites at a time would be too many to work on. */
const most = 10

/** The site with the most undecided verdicts first. */
export function nextStepsOf(
  undecided: readonly VerdictRecord[],
  recorded: (taskId: string) => string | undefined,
): readonly NextStep[] {
  const steps = [...Map.groupBy(undecided, ({ site }) => site)].map(([site, verdicts]) => {
    const [reason, ofReason] = largest(Map.groupBy(verdicts, ({ by }) => by))
    const [advice] = largest(Map.groupBy(ofReason, ({ hint }) => withoutAddresses(hint ?? adviceOnUndecided(reason))))
    const latestFirst = ofReason.toSorted((a, b) => b.decidedAt - a.decidedAt)
    const visit = latestFirst.map(({ taskId }) => recorded(taskId)).find((path) => path !== undefined)
    return { site, undecided: verdicts.length, reason, count: ofReason.length, advice, visit }
  })
  return steps.sort((a, b) => b.undecided - a.undecided)
}

function largest<Key, Value>(groups: ReadonlyMap<Key, readonly Value[]>): readonly [Key, readonly Value[]] {
  return [...groups].reduce((best, next) => (next[1].length > best[1].length ? next : best))
}

/** The report names sites by host, never a page's URL. */
const withoutAddresses = (text: string) => text.replace(/https?:\/\/([^\s/?#]+)\S*?(?=[,:;.]?(?:\s|$))/g, '$1')

export function nextSteps(steps: readonly NextStep[]): Markup | false {
  if (steps.length === 0) return false
  const rest = steps.length - most
  return html`<section class="card full" aria-labelledby="next-steps"><h3 id="next-steps">What to do next, site by site</h3>
<ul>${steps.slice(0, most).map(item)}</ul>${rest > 0 && html`<p class="rest">And ${plural(rest, 'site')} more.</p>`}</section>
`
}

function item({ site, undecided, reason, count, advice, visit }: NextStep): Markup {
  const command = `regotcha-feedback list --undecided${site === undefined ? '' : ` --site ${site}`}`
  const often = count === undecided ? `all ${reason}` : `most often ${reason} (${number(count)})`
  return html`<li><strong>${site ?? '(no page)'}</strong>: ${number(undecided)} undecided, ${often}. ${prose(capitalized(advice))} <code>${command}</code>${visit !== undefined && html` or, of <a href="${pathToFileURL(visit).href}">the latest visit</a>, <code>regotcha-feedback explain ${visit}</code>`}</li>
`
}

function capitalized(advice: string): string {
  const [first = '', ...rest] = advice
  return `${first.toUpperCase()}${rest.join('')}${/[.?!]$/.test(advice) || advice === '' ? '' : '.'}`
}
