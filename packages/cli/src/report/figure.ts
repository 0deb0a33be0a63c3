import { number } from '../words.ts'
import { type Content, html, type Markup, prose } from './markup.ts'

export interface FigureOptions {
  readonly id: string
  readonly title: string
  /** What the chart shows, in a sentence or two: the caption, and the text alternative for screen readers. */
  readonly says: string
  /** Kinds of parts, which are also CSS classes. */
  readonly legend?: readonly string[]
  /** Draws the chart for a width in px. */
  readonly draw: (width: number) => Markup
  /** Whether it takes the whole width of the page. */
  readonly isWide?: boolean
  readonly table: Table
}

interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly Content[])[]
  /** A note about omitted rows. */
  readonly rest?: string | undefined
}

/** The page shows the one that fits, because text in a scaled-down chart is illegible. */
const widths = { narrow: 320, medium: 520, wide: 1040 }

/** A chart with its title, its text alternative and its data table. */
export function figure({ id, title, says, legend = [], draw, isWide = false, table }: FigureOptions): Markup {
  const { wide, ...others } = widths
  const drawn = Object.entries(isWide ? widths : others)
  return html`<figure id="${id}" class="${isWide && 'full'}">
<figcaption><h3 id="${id}-title">${title}</h3><p id="${id}-says">${prose(says)}</p></figcaption>
${legend.length > 0 && html`<ul class="legend">${legend.map((kind) => html`<li><span class="swatch ${kind}"></span>${kind}</li>`)}</ul>`}
<div class="chart" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-says">
${drawn.map(
  ([size, width]) => html`<div class="${size}">${draw(width)}</div>
`,
)}</div>
<details><summary>The numbers<span class="unseen"> behind “${title}”</span></summary>
${tableOf(title, table)}</details>
</figure>
`
}

/** Replaces a chart that has no data. */
export const nothing = (title: string, says: string): Markup =>
  html`<section class="card nothing"><h3>${title}</h3><p>${prose(says)}</p></section>
`

function tableOf(title: string, { head, rows, rest }: Table): Markup {
  const cellOf = (cell: Content) => {
    if (typeof cell === 'number') return html`<td class="number">${number(cell)}</td>`
    return html`<td>${typeof cell === 'string' ? prose(cell) : cell}</td>`
  }
  const row = ([first, ...cells]: readonly Content[]) => html`<tr><th scope="row">${first}</th>${cells.map(cellOf)}</tr>
`
  return html`<div class="scroll" role="region" aria-label="${title}, as a table" tabindex="0"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody>
</table></div>${rest && html`<p class="rest">${rest}</p>`}
`
}
