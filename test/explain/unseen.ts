/**
 * What suggested rules make of visits that they have not seen: another token, user name and order of cookies. By every
 * crawler of the conformance flows that a site accepted and refused, as record-flows.ts recorded them. Prints JSON.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { brotliDecompressSync } from 'node:zlib'
import type { Evidence } from '@regotcha-feedback/core'
import type { Visit as Recorded } from '@regotcha-feedback/core/watch'
import { CommandError } from '../../packages/cli/src/exit-code.ts'
import { explanationOf } from '../../packages/cli/src/explain/explanation.ts'
import { ExplainError } from '../../packages/cli/src/explain/har.ts'
import { createRulesLoader } from '../../packages/cli/src/explain/load-rules.ts'
import type { ExplainRules } from '../../packages/cli/src/explain/rules.ts'
import { suggested } from '../../packages/cli/src/suggest/command.ts'
import { cookiesOf } from '../../packages/cli/src/suggest/conditions.ts'
import { seenIn } from '../../packages/cli/src/suggest/sights.ts'
import { readVisits, type Visit } from '../../packages/cli/src/suggest/visits.ts'

interface Line {
  readonly name: string
  readonly outcome: 'accepted' | 'rejected'
  readonly n: number
  readonly visit: Recorded
}

const folder = mkdtempSync(`${tmpdir()}/suggested-`)
process.on('exit', () => rmSync(folder, { recursive: true }))
const packed = readFileSync(new URL('flows.jsonl.br', import.meta.url))
const lines: readonly Line[] = brotliDecompressSync(packed)
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const names = [...new Set(lines.map(({ name }) => name))]
const pathOf = (name: string, outcome: string, n: number) => `${folder}/${name}/${outcome}-${n}.visit.json`
for (const { name, outcome, n, visit } of lines) {
  mkdirSync(`${folder}/${name}`, { recursive: true })
  writeFileSync(pathOf(name, outcome, n), JSON.stringify(visit))
}
const of = (name: string, ns: readonly number[]) =>
  ['accepted', 'rejected'].flatMap((outcome) => ns.map((n) => pathOf(name, outcome, n)))

/** `undefined` where nothing can be suggested. */
async function rulesFrom(paths: readonly string[], file: string): Promise<ExplainRules | undefined> {
  try {
    writeFileSync(file, (await suggested(paths, {})).text)
    return await createRulesLoader(file).load()
  } catch (error) {
    if (error instanceof CommandError || error instanceof ExplainError) return undefined
    throw error
  }
}

const judge = async ({ recording, telling }: Visit, rules: ExplainRules) =>
  (await explanationOf(recording, { ...telling, ...rules })).verdict.kind

/** Whether a watch comes to the verdict by predicates that hold on all that tells; else no rules can. */
async function canBeDecided(visit: Visit): Promise<boolean> {
  const holding = (kind: Visit['outcome']) => async (evidence: Evidence) => {
    await evidence.text().catch(() => {})
    return kind === visit.outcome
  }
  const rules = { acceptedWhen: holding('accepted'), rejectedWhen: holding('rejected') }
  return (
    (await judge(visit, rules)) === visit.outcome || (await judge(visit, { ...rules, scope: 'page' })) === visit.outcome
  )
}

/** What a visit shows, piece by piece. */
async function shownBy(visit: Visit): Promise<readonly string[]> {
  const { sights } = await seenIn(visit, 'page')
  return sights.map(({ kind, url, status, body, headers }) =>
    JSON.stringify([kind, url, status, body?.text, headers['content-type'], cookiesOf(headers)]),
  )
}

/**
 * Why rules say nothing of a visit. `undecidable`: whatever they ask, a watch comes to no verdict. `alike`: all that it
 * shows, a visit of the other kind shows, too. `silent`: they might say more.
 */
async function whyUndecided(visit: Visit, others: readonly Visit[]): Promise<'undecidable' | 'alike' | 'silent'> {
  if (!(await canBeDecided(visit))) return 'undecidable'
  const shown = new Set((await Promise.all(others.map(shownBy))).flat())
  const own = await shownBy(visit)
  return own.every((piece) => shown.has(piece)) ? 'alike' : 'silent'
}

export interface Results {
  readonly right: number
  readonly wrong: readonly string[]
  /** By why they are. */
  readonly undecided: Readonly<Record<string, readonly string[]>>
}

/** What the rules of some recordings make of the others. */
async function resultsOf(training: readonly number[], unseen: readonly number[]): Promise<Results> {
  const results = { right: 0, wrong: [] as string[], undecided: {} as Record<string, string[]> }
  for (const name of names) {
    const rules = await rulesFrom(of(name, training), `${folder}/${name}/rules-${training.length}.ts`)
    const visits = await readVisits(of(name, unseen), {})
    for (const visit of visits) {
      const verdict = rules ? await judge(visit, rules) : 'undecided'
      const title = `${name} ${visit.outcome}`
      if (verdict === visit.outcome) results.right++
      else if (verdict !== 'undecided') results.wrong.push(title)
      else {
        const others = visits.filter(({ outcome }) => outcome !== visit.outcome)
        const why = await whyUndecided(visit, others)
        results.undecided[why] = [...(results.undecided[why] ?? []), title]
      }
    }
  }
  return results
}

console.log(JSON.stringify({ two: await resultsOf([0, 1], [2]), one: await resultsOf([0], [1, 2]) }))
process.exit()
