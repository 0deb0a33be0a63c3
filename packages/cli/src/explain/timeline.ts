/** An explanation as text, for a terminal or a pipe. */
import { styleText } from 'node:util'
import type { Verdict } from '@regotcha-feedback/core'
import { type Doubt, type Explanation, reasonOf, type Said, type Step } from './explanation.ts'

/** What is written to; colours are only for a terminal. */
export interface Output {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

export function timeline({ verdict, unless, steps, recording }: Explanation, output: Output): string {
  const paint: Paint = (style, text) =>
    output.isTTY && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text
  const { recorder, exchanges, milliseconds } = recording
  const requests = exchanges === 1 ? '1 request' : `${exchanges} requests`
  const width = Math.max(...steps.map(({ at }) => `+${at} ms`.length))
  return [
    paint('dim', `${recorder}: ${requests} in ${(milliseconds / 1000).toFixed(1)} s`),
    '',
    ...folded(steps).flatMap((step) =>
      typeof step === 'number'
        ? paint('dim', `${' '.repeat(width)}  … ${step} more, on which no predicate held`)
        : lines(step, width, paint),
    ),
    '',
    headline(verdict, unless, paint),
    ...unless.map((doubt) => `  ${paint('yellow', 'unless')} ${sentence(doubt)}`),
    ...(verdict.why.hint ? [`  ${paint('dim', `hint: ${verdict.why.hint}`)}`] : []),
    '',
  ].join('\n')
}

/** The middle of a long row of evidence that says nothing is only counted. */
function folded(steps: readonly Step[]): readonly (Step | number)[] {
  const shown: (Step | number)[] = []
  let row: Step[] = []
  const close = () => {
    if (row.length > 4) shown.push(...row.slice(0, 2), row.length - 3, ...row.slice(-1))
    else shown.push(...row)
    row = []
  }
  for (const step of steps) {
    const isSilent = step.acceptedWhen?.kind === 'not-held' && (step.rejectedWhen?.kind ?? 'not-held') === 'not-held'
    if (isSilent) row.push(step)
    else {
      close()
      shown.push(step)
    }
  }
  close()
  return shown
}

function lines({ at, kind, seen, acceptedWhen, rejectedWhen }: Step, width: number, paint: Paint): readonly string[] {
  const time = paint('dim', `+${at} ms`.padStart(width))
  const what = kind === 'evidence' ? seen : `${paint('bold', kind)}  ${seen}`
  const said = [
    acceptedWhen && `acceptedWhen ${words(acceptedWhen, 'green', paint)}`,
    rejectedWhen && `rejectedWhen ${words(rejectedWhen, 'red', paint)}`,
  ].filter((part) => part !== undefined)
  return [`${time}  ${what}`, ...said.map((part) => `${' '.repeat(width)}    ${part}`)]
}

function words({ kind, because }: Said, style: Style, paint: Paint): string {
  if (kind === 'held') return paint(style, 'held')
  if (kind === 'not-held') return paint('dim', 'did not hold')
  return paint('yellow', `could not say: ${because}`)
}

function headline(verdict: Verdict, unless: readonly Doubt[], paint: Paint): string {
  const style = { accepted: 'green', rejected: 'red', undecided: 'yellow' } as const
  // The cause may hold what a predicate read.
  const cause = verdict.kind === 'undecided' && verdict.cause !== undefined ? String(verdict.cause).slice(0, 200) : ''
  const text = String(verdict)
    .replace(cause, () => (cause ? reasonOf((verdict as Verdict & { kind: 'undecided' }).cause) : ''))
    .replace(`; ${verdict.why.hint}`, '')
  const isOpen = unless.length > 0 && verdict.kind !== 'undecided'
  return `${paint(['bold', style[verdict.kind]], isOpen ? 'perhaps' : 'verdict')}: ${text}`
}

function sentence(doubt: Doubt): string {
  switch (doubt.kind) {
    case 'closed':
      return `the page was closed before +${doubt.at} ms: the recording ends at +${doubt.until} ms, and does not tell`
    case 'script-url':
      return 'a script of the page set a URL on which acceptedWhen holds: a recording does not tell of history.pushState'
    case 'unreadable':
      return `${doubt.predicate} would have held on what it could not read: ${doubt.seen}`
    case 'armed':
      return 'the watch was armed later: no submission was recognised, so it is taken to be armed when the recording begins'
  }
}
