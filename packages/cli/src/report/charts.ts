/** Charts as SVG for a given width. Colours and type come from the page's style sheet, by class. */
import { scaleBand, scaleLinear } from 'd3-scale'
import { curveMonotoneX, line } from 'd3-shape'
import { number, percent } from '../words.ts'
import { html, type Markup } from './markup.ts'

/** A piece of a bar; `kind` is its class. */
interface Part {
  readonly kind: string
  readonly count: number
}

export interface Bar {
  readonly label: string
  /** The text at its end. */
  readonly value: string
  readonly parts: readonly Part[]
}

export interface Column {
  readonly label: string
  /** A longer label, shown on hover. */
  readonly title?: string
  readonly parts: readonly Part[]
  /** From 0 to 1; a line above the columns shows it if any has it. */
  readonly rate?: number | undefined
}

const total = (parts: readonly Part[]) => parts.reduce((sum, { count }) => sum + count, 0)
/** The start and end of each part. */
function stacked(parts: readonly Part[]) {
  let end = 0
  return parts
    .filter(({ count }) => count > 0)
    .map((part) => {
      const from = end
      end += part.count
      return { ...part, from, to: end }
    })
}

const told = (label: string, parts: readonly Part[]) =>
  `${label}: ${parts.map(({ kind, count }) => `${number(count)} ${kind}`).join(', ')}`
const fixed = (value: number) => Math.round(value * 10) / 10
/** The approximate width of a character, in px. */
const character = 6.6
const cut = (text: string, room: number) =>
  text.length * character <= room ? text : `${text.slice(0, Math.max(1, Math.floor(room / character) - 1))}…`

function svg(width: number, height: number, content: readonly Markup[]): Markup {
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false">${content}</svg>`
}

/**
 * Horizontal bars, each under its label.
 * @param share - whether every bar fills the width, to compare proportions instead of lengths.
 */
export function bars(width: number, rows: readonly Bar[], { share = false } = {}): Markup {
  const [step, thickness] = [44, 14]
  const most = Math.max(1, ...rows.map(({ parts }) => total(parts)))
  const drawn = rows.map(({ label, value, parts }, index) => {
    const x = scaleLinear([0, share ? total(parts) || 1 : most], [0, width])
    const y = index * step
    const room = width - value.length * character - 16
    return html`<g><title>${told(label, parts)}</title>
<text class="label" y="${y + 14}">${cut(label, room)}</text>
<text class="value" x="${width}" y="${y + 14}" text-anchor="end">${value}</text>
<rect class="track" y="${y + 20}" width="${width}" height="${thickness}" rx="3"/>
${stacked(parts).map(({ kind, from, to }) => html`<rect class="${kind}" x="${fixed(x(from))}" y="${y + 20}" width="${fixed(Math.max(1.5, x(to) - x(from) - (to === total(parts) ? 0 : 1)))}" height="${thickness}" rx="2"/>`)}</g>`
  })
  return svg(width, Math.max(1, rows.length) * step, drawn)
}

const margin = { left: 48, right: 8, bottom: 24 }

/** Vertical columns, with a line of their rates above them if there are any. */
export function columns(width: number, items: readonly Column[], height = 170): Markup {
  const hasRates = items.some(({ rate }) => rate !== undefined)
  const top = hasRates ? 130 : 10
  const bottom = top + height
  const right = width - margin.right
  const x = scaleBand(
    items.map((_, index) => index),
    [margin.left, right],
  )
    .paddingInner(items.length > 60 ? 0.1 : 0.25)
    .paddingOuter(0.1)
  const y = scaleLinear([0, Math.max(1, ...items.map(({ parts }) => total(parts)))], [bottom, top]).nice(4)
  const center = (index: number) => fixed((x(index) ?? 0) + x.bandwidth() / 2)

  const grid = y
    .ticks(4)
    .filter(Number.isInteger)
    .map((tick) => gridLine(y(tick), number(tick), right))
  const drawn = items.map(({ label, title = label, parts, rate }, index) => {
    const told1 = told(title, parts) + (rate === undefined ? '' : `; ${percent(rate)} accepted`)
    return html`<g><title>${told1}</title><rect class="hover" x="${fixed(x(index) ?? 0)}" y="${top}" width="${fixed(x.bandwidth())}" height="${height}"/>${stacked(parts).map(({ kind, from, to }) => html`<rect class="${kind}" x="${fixed(x(index) ?? 0)}" y="${fixed(y(to))}" width="${fixed(x.bandwidth())}" height="${fixed(Math.max(1, y(from) - y(to) - (from > 0 ? 1 : 0)))}"/>`)}</g>`
  })
  return svg(width, bottom + margin.bottom, [
    ...(hasRates ? rates(items, center, right) : []),
    ...grid,
    ...drawn,
    ...labels(items, center, x.step(), bottom, width),
  ])
}

const gridLine = (
  y: number,
  label: string,
  right: number,
) => html`<line class="rule" x1="${margin.left}" x2="${right}" y1="${fixed(y)}" y2="${fixed(y)}"/>
<text class="tick" x="${margin.left - 8}" y="${fixed(y + 4)}" text-anchor="end">${label}</text>`

function rates(items: readonly Column[], center: (index: number) => number, right: number): Markup[] {
  const y = scaleLinear([0, 1], [100, 10])
  const path = line<Column>()
    .defined(({ rate }) => rate !== undefined)
    .x((_, index) => center(index))
    .y(({ rate = 0 }) => y(rate))
    .curve(curveMonotoneX)
    .digits(1)(items)
  const dots = items.map(({ rate }, index) =>
    rate === undefined || items.length > 60
      ? html``
      : html`<circle class="rate" cx="${center(index)}" cy="${fixed(y(rate))}" r="2.5"/>`,
  )
  return [
    ...[0, 0.5, 1].map((tick) => gridLine(y(tick), percent(tick), right)),
    html`<path class="rate" d="${path ?? ''}"/>`,
    ...dots,
  ]
}

/** As many labels as fit. */
function labels(
  items: readonly Column[],
  center: (index: number) => number,
  step: number,
  bottom: number,
  width: number,
): Markup[] {
  const widest = Math.max(0, ...items.map(({ label }) => label.length)) * character + 10
  const every = Math.max(1, Math.ceil(widest / step))
  return items.map(({ label }, index) =>
    index % every > 0
      ? html``
      : html`<text class="tick" x="${Math.min(center(index), width - (label.length * character) / 2)}" y="${bottom + 17}" text-anchor="middle">${label}</text>`,
  )
}
