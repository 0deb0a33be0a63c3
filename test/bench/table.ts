import type { Comparison } from './rounds.ts'

export interface Row extends Partial<Comparison> {
  readonly what: string
  readonly unit: string
  readonly base: number
  /** At most this ratio; where nothing is compared, at most this much. */
  readonly goal?: number | undefined
}

export function markdown(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, base, ratio, quartiles, interval, goal }) => [
    what,
    `${base.toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`,
    ratio === undefined ? '' : times(ratio),
    quartiles?.map(times).join(' – ') ?? '',
    interval?.map(times).join(' – ') ?? '',
    goal === undefined ? '' : ratio === undefined ? `≤ ${goal} ${unit}` : `≤ ${times(goal)}`,
    goal === undefined ? '' : met(goal, ratio ?? base, interval),
  ])
  const head = ['A / B', 'B', 'A / B', 'middle half', 'median within', 'goal', 'met']
  return [head, ['---', '--:', '--:', ':-:', ':-:', '--:', '---'], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

const times = (ratio: number) => `×${ratio.toFixed(3)}`

/** A miss that the rounds cannot tell from none is called so. */
function met(goal: number, value: number, interval?: readonly [number, number]): string {
  if (value <= goal) return 'yes'
  return interval && interval[0] <= goal ? 'in the noise' : 'no'
}
