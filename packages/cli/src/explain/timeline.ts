/** An explanation as text, for a terminal or a pipe. */
import type { Verdict } from '@regotcha-feedback/core'
import { styled } from '../answer.ts'
import { type Doubt, type Explanation, reasonOf, type Said, type Step } from './explanation.ts'

export function timeline({ verdict, unless, steps, recording }: Explanation): string {
  const { recorder, exchanges, milliseconds } = recording
  const requests = exchanges === 1 ? '1 request' : `${exchanges} requests`
  const width = Math.max(...steps.map(({ at }) => `+${at} ms`.length))
  return [
    styled('dim', `${recorder}: ${requests} in ${(milliseconds / 1000).toFixed(1)} s`),
    '',
    ...folded(steps).flatMap((step) =>
      typeof step === 'number'
        ? styled('dim', `${' '.repeat(width)}  … ${step} more, on which no predicate held`)
        : lines(step, width),
    ),
    '',
    headline(verdict, unless),
    ...unless.map((doubt) => `  ${styled('yellow', 'unless')} ${sentence(doubt)}`),
    ...(verdict.why.hint ? [`  ${styled('dim', `hint: ${verdict.why.hint}`)}`] : []),
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

function lines({ at, kind, seen, acceptedWhen, rejectedWhen }: Step, width: number): readonly string[] {
  const time = styled('dim', `+${at} ms`.padStart(width))
  const what = kind === 'evidence' ? seen : `${styled('bold', kind)}  ${seen}`
  const said = [
    acceptedWhen && `acceptedWhen ${words(acceptedWhen, 'green')}`,
    rejectedWhen && `rejectedWhen ${words(rejectedWhen, 'red')}`,
  ].filter((part) => part !== undefined)
  return [`${time}  ${what}`, ...said.map((part) => `${' '.repeat(width)}    ${part}`)]
}

function words({ kind, because }: Said, style: 'green' | 'red'): string {
  const why = because ? `: ${because}` : ''
  if (kind === 'held') return styled(style, `held${why}`)
  if (kind === 'not-held') return styled('dim', `did not hold${why}`)
  return styled('yellow', `gave no answer${why}`)
}

function headline(verdict: Verdict, unless: readonly Doubt[]): string {
  const style = { accepted: 'green', rejected: 'red', undecided: 'yellow' } as const
  const text = String(verdict)
    // The message of an error may hold what a predicate read.
    .replace(/it threw .* \(see verdict\.cause\)/, () => reasonOf((verdict as { readonly cause?: unknown }).cause))
    .replace(`; ${verdict.why.hint}`, '')
  const isOpen = unless.length > 0 && verdict.kind !== 'undecided'
  return `${styled(['bold', style[verdict.kind]], isOpen ? 'perhaps' : 'verdict')}: ${text}`
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
