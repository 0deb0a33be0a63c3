/** The rules as a person would write them, with comments that say on which visits each held. */
import { valuesIn } from '@regotcha-feedback/core/watch'
import type { Choice, Part } from './choices.ts'
import { quoted } from './conditions.ts'
import type { SubmittedTo } from './submitted-to.ts'
import type { Judged, Suggestion } from './suggestion.ts'
import type { Outcome, Visit } from './visits.ts'

export function rulesFile(
  { scope, acceptedWhen, rejectedWhen, unproven, judged, needs }: Suggestion,
  submittedTo: SubmittedTo | undefined,
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
    ...submission(submittedTo, visits),
    ...(scope === 'page' ? ["// The submission's own answer does not tell.", "export const scope = 'page'", ''] : []),
    ...exported('acceptedWhen', acceptedWhen, 'accepted', visits),
    '',
    ...(rejectedWhen
      ? exported('rejectedWhen', rejectedWhen, 'rejected', visits)
      : ['// rejectedWhen is left at its default, captchaRefused().']),
    ...(unproven
      ? [
          `// Perhaps ${codeOf(unproven)}: it held on all that were rejected. Take it if no other refusal, such as of a wrong password, has it.`,
        ]
      : []),
    '',
    ...needs.map((need) => `// Note: ${need}.`),
    ...truthTable(judged).map((line) => `// ${line}`),
  ].join('\n')
}

/** If `submittedTo` has a method, the request shows no token. */
function submission(submittedTo: SubmittedTo | undefined, visits: readonly Visit[]): readonly string[] {
  const isUnseen = visits.some(({ telling, submissions }) => !telling.token && !showToken(submissions))
  const hidden = isUnseen
    ? ["// No request shows the token: don't pass it to the watch.", 'export const token = undefined', '']
    : []
  if (submittedTo === undefined) return hidden
  const { part, method } = submittedTo
  const [names, types, condition] =
    method === undefined
      ? ['url', 'url: string', '']
      : ['method, url', 'method: string; url: string', `method === ${quoted(method)} && `]
  const code = `({ ${names} }: { ${types} }) => ${condition}url.includes(${quoted(part)})`
  return [...hidden, `export const submittedWhen = ${code}`, '']
}

const showToken = (submissions: Visit['submissions']) =>
  submissions.some((submission) => valuesIn(submission).token !== undefined)

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

/** Each recording's outcome, and its verdict under the rules. */
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
