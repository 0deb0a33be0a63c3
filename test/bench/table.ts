import type { Comparison } from './rounds.ts'

/** One measure, alone or beside another one; or why it could not be taken. */
export type Row = { readonly what: string; readonly goal?: Goal | undefined } & (
  | (Partial<Comparison> & { readonly unit: string; readonly value: number })
  | { readonly missing: string }
)

/** Of the ratio; where nothing is compared, of the value. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number }

export function markdown(rows: readonly Row[]): string {
  const head = ['A / B, or A alone', 'A', 'B', 'A / B', 'middle half', 'median within', 'goal', 'met']
  return lines([head, ['---', '--:', '--:', '--:', ':-:', ':-:', '--:', '---'], ...rows.map(cells)])
}

/** A table of Markdown from its cells, the line below the head included. */
export const lines = (rows: readonly (readonly string[])[]) =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')

function cells(row: Row): string[] {
  const { what, goal } = row
  if ('missing' in row) return [what, row.missing, '', '', '', '', goal ? limit(goal, String) : '', 'not measured']
  const { unit, value, base, ratio, quartiles, interval } = row
  const number = (amount: number) => `${amount.toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`.trim()
  return [
    what,
    number(value),
    base === undefined ? '' : number(base),
    ratio === undefined ? '' : times(ratio),
    quartiles?.map(times).join(' – ') ?? '',
    interval?.map(times).join(' – ') ?? '',
    goal ? limit(goal, ratio === undefined ? number : times) : '',
    goal ? met(goal, ratio ?? value, interval) : '',
  ]
}

const times = (ratio: number) => `×${ratio.toFixed(3)}`

const limit = (goal: Goal, format: (amount: number) => string) =>
  'atMost' in goal ? `≤ ${format(goal.atMost)}` : `≥ ${format(goal.atLeast)}`

/** A miss that the rounds cannot tell from none is called so. */
function met(goal: Goal, value: number, [low, high] = [value, value] as readonly [number, number]): string {
  const isMet = (amount: number) => ('atMost' in goal ? amount <= goal.atMost : amount >= goal.atLeast)
  if (isMet(value)) return 'yes'
  return isMet(low) || isMet(high) ? 'in the noise' : 'no'
}
