import { date, duration, moment, number, percent, plural } from '../words.ts'
import { concerns } from './attention.ts'
import { deliveryFigures } from './delivery-figures.ts'
import { type Content, html, type Markup, prose } from './markup.ts'
import { refresh, refreshHash } from './refresh.ts'
import { style } from './style.ts'
import { acceptanceRate, type Summary, sum } from './summary.ts'
import { verdictFigures } from './verdict-figures.ts'

/**
 * The report as one self-contained page: no other files, no requests, and no script. Only if it `isLive`, a script keeps it
 * up to date.
 */
export function page(summary: Summary, { isLive = false } = {}): string {
  const isEmpty = sum(summary.verdicts) === 0 && waitingAndEnded(summary) === 0
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${isLive && `; script-src '${refreshHash}'; connect-src 'self'`}">
<title>Token acceptance · Regotcha Feedback</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${content(summary, isEmpty)}
${isLive && html`<script>${refresh}</script>`}
</body>
</html>
`)
}

/** The parts that change when the report is refreshed. */
function content(summary: Summary, isEmpty: boolean): Markup {
  return html`<div id="report">
<header><p class="eyebrow">Regotcha Feedback</p><h1>Token acceptance</h1><p class="period">${period(summary, isEmpty)}</p></header>
<main id="main">${isEmpty ? emptyReport : fullReport(summary)}</main>
<footer><p>Made by <code>regotcha-feedback report</code> from this machine’s outbox: no token, key or page address is in it but the sites’ names.</p></footer>
</div>`
}

function period({ from, to, madeAt }: Summary, isEmpty: boolean): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const made = `made ${moment(madeAt)} (${zone})`
  if (isEmpty) return made[0]?.toUpperCase() + made.slice(1)
  const [first, last] = [date(from), date(to)]
  return `${first === last ? first : `${first} to ${last}`} · ${made}`
}

const waitingAndEnded = ({ delivery: { states } }: Summary) =>
  Object.values(states).reduce((all, count) => all + count, 0)

function fullReport(summary: Summary): Markup {
  const hasVerdicts = sum(summary.verdicts) > 0
  return html`${tiles(summary)}${attention(summary)}
${hasVerdicts && html`<section aria-labelledby="verdicts"><h2 id="verdicts">Verdicts</h2><div class="grid">${verdictFigures(summary)}</div></section>`}
<section aria-labelledby="delivery"><h2 id="delivery">Delivery</h2><div class="grid">${deliveryFigures(summary)}</div></section>`
}

function tiles(summary: Summary): Markup {
  const { verdicts, took, delivery } = summary
  const { pending, held, dead, expired, delivered } = delivery.states
  const decided = verdicts.accepted + verdicts.rejected
  const ended = delivered + dead + expired
  return html`<dl class="tiles">
${tile('Acceptance', percent(acceptanceRate(verdicts)), `${number(verdicts.accepted)} of ${plural(decided, 'decided verdict')}`, 'main')}
${tile('Undecided', percent(sum(verdicts) === 0 ? undefined : verdicts.undecided / sum(verdicts)), `${number(verdicts.undecided)} of ${plural(sum(verdicts), 'verdict')}`)}
${tile('Time to verdict', took.count === 0 ? '–' : duration(took.median), took.count === 0 ? 'no verdict yet' : `median; ${duration(took.p90)} for nine in ten`)}
${tile('Delivered', percent(ended === 0 ? undefined : delivered / ended), `${number(delivered)} of ${number(ended)} that ended`)}
${tile('Waiting', number(pending + held), `${number(pending)} pending, ${number(held)} held`)}
</dl>`
}

const tile = (name: string, value: string, remark: string, kind = '') =>
  html`<div class="tile ${kind}"><dt>${name}</dt><dd class="figure">${value}</dd><dd>${remark}</dd></div>
`

function attention(summary: Summary): Markup {
  const found = concerns(summary)
  const items = found.map(
    ({ what, advice, command }) =>
      html`<li><strong>${what}</strong> ${prose(advice)}${command && html` <code>regotcha-feedback ${command}</code>`}</li>
`,
  )
  return html`<section class="card attention ${found.length === 0 && 'calm'}" aria-labelledby="attention"><h2 id="attention">${
    found.length === 0 ? 'No problems' : 'Needs attention'
  }</h2>${found.length === 0 ? html`<p>Nothing is stuck, refused or held.</p>` : html`<ul>${items}</ul>`}</section>`
}

const promised: readonly Content[] = [
  'How many of your tokens the sites accept, over time and by site.',
  'Which of your predicates decided, and why some verdicts stayed undecided.',
  'How long it takes from the solved token to the verdict.',
  'Delivery: attempts, time to delivery, pace, and what the API refused.',
]

const emptyReport = html`<section class="card"><h2>Nothing to report yet</h2>
<p>No verdict has fallen and nothing was sent from this outbox. When your crawlers have run, you will see here:</p>
<ul>${promised.map((line) => html`<li>${line}</li>`)}</ul>
<p>Already running? See that they use the same outbox: <code>regotcha-feedback status</code> tells which file is looked at.</p></section>`
