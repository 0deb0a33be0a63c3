/** Rules as a person would have written them, with where each line held. */
import type { Choice, Part } from './choices.ts'
import { quoted } from './conditions.ts'
import type { Judged, Suggestion } from './suggestion.ts'
import type { Outcome, Visit } from './visits.ts'

export function rulesFile(
  { scope, acceptedWhen, rejectedWhen, unproven, judged, needs }: Suggestion,
  submittedTo: string | undefined,
): string {
  const choices = [acceptedWhen, ...(rejectedWhen ? [rejectedWhen] : [])]
  const visits = judged.map(({ visit }) => visit)
  const joins = choices.some(({ parts }) => parts.length > 1) ? ['any'] : []
  const names = [...new Set([...choices.flatMap(({ parts }) => parts.flatMap(({ uses }) => uses)), ...joins])].sort(
    (a, b) => (a < b ? -1 : 1),
  )
  const usesZod = choices.some(({ parts }) => parts.some(({ code }) => code.includes('z.')))
  return [
    ...(names.length > 0 ? [`import { ${names.join(', ')} } from '@regotcha-feedback/core'`] : []),
    ...(usesZod ? ["import { z } from 'zod'"] : []),
    '',
    ...(submittedTo === undefined
      ? []
      : [`export const submittedWhen = ({ url }: { url: string }) => url.includes(${quoted(submittedTo)})`, '']),
    ...(scope === 'page' ? ["// The submission's own answer does not tell.", "export const scope = 'page'", ''] : []),
    ...exported('acceptedWhen', acceptedWhen, 'accepted', visits),
    '',
    ...(rejectedWhen
      ? exported('rejectedWhen', rejectedWhen, 'rejected', visits)
      : ['// rejectedWhen is left at its default, captchaRefused().']),
    ...(unproven
      ? [`// Perhaps ${codeOf(unproven)}: it held on all that were rejected, and may hold on other refusals.`]
      : []),
    '',
    ...needs.map((need) => `// Note: ${need}.`),
    ...truthTable(judged).map((line) => `// ${line}`),
  ].join('\n')
}

function exported(name: string, { parts }: Choice, outcome: Outcome, visits: readonly Visit[]): readonly string[] {
  const count = visits.filter((visit) => visit.outcome === outcome).length
  const [first] = parts
  const held = ({ heldOn }: Part) =>
    heldOn.length === 0
      ? `// None of the recordings tells it.`
      : `// Held on ${heldOn.length} of ${count} ${outcome}${heldOn.length < count ? ` (${heldOn.join(', ')})` : ''}, on none of the ${visits.length - count} others.`
  if (parts.length === 1 && first) return [held(first), `export const ${name} = ${first.code}`]
  return [`export const ${name} = any(`, ...parts.flatMap((part) => [`  ${held(part)}`, `  ${part.code},`]), ')']
}

export function codeOf({ parts: [first, ...more] }: Choice): string {
  if (more.length === 0) return first?.code ?? ''
  return `any(${[first, ...more].map((part) => part?.code).join(', ')})`
}

/** What each recording is, and what the rules make of it. */
export function truthTable(judged: readonly Judged[]): readonly string[] {
  const rows = judged.map(({ visit, verdict, unless }) => [
    visit.name,
    visit.outcome === 'otherwise' ? 'refused otherwise' : (visit.outcome ?? ''),
    `${unless.length > 0 && verdict.kind !== 'undecided' ? 'perhaps ' : ''}${verdict.kind}`,
  ])
  const head = ['recording', 'is', 'verdict']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
