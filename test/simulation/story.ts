/** A readable story of a visit with a wrong verdict. */
import fc from 'fast-check'
import type { Core } from './core.ts'
import { play, type Visit, visits } from './visit.ts'

/** The plainest visit, to which others shrink. */
const [plainest] = fc.check(fc.property(visits, () => false)).counterexample as [Visit]

export async function storyOf(visit: Visit, core: Core): Promise<string> {
  const lines: string[] = []
  const { armed, asked, judgements } = await play(visit, core, (line) => lines.push(line))
  const tokens = armed.map(({ token }) => token.text)
  const anonymous = (line: string) =>
    tokens.reduce((text, token, index) => text.replaceAll(token, `(token ${index + 1})`), line)
  const verdicts = armed.flatMap(({ token, verdict }, index) => [
    `truth of token ${index + 1}: ${token.truth}`,
    `verdict: ${verdict} (${judgements[index]?.kind})`,
    ...(verdict?.why.trail ?? []).map((line) => `    ${line}`),
  ])
  return [
    `site: ${traits(visit.site, plainest.site, ['carrier', 'success', 'refusal'])}`,
    `crawler: ${traits(visit.crawler, plainest.crawler, ['knows', 'next'])}`,
    `host: ${traits(visit.host, plainest.host, ['library'])}`,
    `asked: ${asked}`,
    ...lines.map((line) => `  ${anonymous(line)}`),
    ...verdicts,
  ].join('\n')
}

/** The traits that are always shown, and those that differ from the plainest visit. */
const traits = <T extends object>(of: T, plain: T, always: readonly string[]) =>
  Object.entries(of)
    .filter(([name, value]) => always.includes(name) || String(value) !== String(plain[name as keyof T]))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? `[${value.join(', ')}]` : value}`)
    .join('; ')
