/** The distribution of times: the numbers and their chart. */
import { quantileSorted } from 'd3-array'
import { duration, percent } from '../words.ts'
import { columns } from './charts.ts'
import { type FigureOptions, figure } from './figure.ts'
import type { Markup } from './markup.ts'

/** A distribution of times in ms. */
export interface Spread {
  readonly count: number
  readonly median: number
  readonly p90: number
  readonly p99: number
  /** Counts between an edge and the one before it; the last bin has no edge. */
  readonly bins: readonly { readonly below: number | undefined; readonly count: number }[]
}

export function spreadOf(values: readonly number[], edges: readonly number[]): Spread {
  const sorted = [...Float64Array.from(values).sort()]
  const quantile = (part: number) => quantileSorted(sorted, part) ?? 0
  const bins = [...edges, undefined].map((below) => ({ below, count: 0 }))
  for (const value of sorted) {
    const bin = bins.find(({ below }) => below === undefined || value < below)
    if (bin) bin.count++
  }
  return { count: sorted.length, median: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), bins }
}

interface SpreadFigureOptions extends Pick<FigureOptions, 'id' | 'title' | 'says'> {
  readonly spread: Spread
  /** The class of its columns. */
  readonly kind: string
  /** What is counted: the title of the table's column. */
  readonly counted: string
}

export function spreadFigure({ spread: { bins, count }, kind, counted, ...options }: SpreadFigureOptions): Markup {
  return figure({
    ...options,
    draw: (width) =>
      columns(
        width,
        bins.map((bin, index) => ({
          label: shortRange(bins, index),
          title: range(bins, index),
          parts: [{ kind, count: bin.count }],
        })),
      ),
    table: {
      head: ['Time', counted, 'Part'],
      rows: bins.map((bin, index) => [range(bins, index), bin.count, percent(bin.count / Math.max(1, count))]),
    },
  })
}

function range(bins: Spread['bins'], index: number): string {
  const [from, below] = [bins[index - 1]?.below, bins[index]?.below]
  if (below === undefined) return `${duration(from ?? 0)} and more`
  return from === undefined ? `under ${duration(below)}` : `${duration(from)} to ${duration(below)}`
}

function shortRange(bins: Spread['bins'], index: number): string {
  const below = bins[index]?.below
  return below === undefined ? 'more' : `<${duration(below)}`
}
