/**
 * Each flow's visit under each host was recorded in a browser. Judged again without a browser, it has the same
 * verdict.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { explain } from '@regotcha-feedback/cli/explain'
import type { Verdict } from '@regotcha-feedback/core'
import type { Visit } from '@regotcha-feedback/core/watch'
import { describe, expect, test } from 'vitest'
import { flows } from '../conformance/flows/index.ts'

interface Golden {
  readonly kind: string
  readonly flow: string
  /** The verdict in the browser. */
  readonly verdict: string
  readonly visit: Visit
}

const logs = import.meta.dirname
const hosts = readdirSync(logs).filter((file) => file.endsWith('.jsonl.br'))

test('there are recordings of several hosts', () => {
  expect(hosts.length).toBeGreaterThan(1)
})

describe.each(hosts)('%s', (file) => {
  const text = brotliDecompressSync(readFileSync(`${logs}/${file}`)).toString()
  const all: readonly Golden[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  test.each(all.map((golden) => [`${golden.kind}: ${golden.flow}`, golden] as const))('%s', async (_, golden) => {
    const flow = flows[golden.kind]?.[golden.flow]
    if (!flow) throw new Error('there is no such flow any more: record the visits anew, as CONTRIBUTING.md says')
    const { acceptedWhen, rejectedWhen, silence, predicateTimeout } = flow.options
    const { verdict, unless, steps } = await explain(golden.visit, {
      acceptedWhen,
      rejectedWhen,
      silence,
      predicateTimeout, // of real time
    })
    // A record has no page to ask, and no lost bodies. If the verdict depends on them, it is undecided.
    const isUnreadable = unless.some(({ kind }) => kind === 'unreadable')
    const wrong = verdict.kind === (flow.valid ? 'rejected' : 'accepted')
    expect(wrong, JSON.stringify(steps, null, 1)).toBe(false)
    const expected = isUnreadable ? [golden.verdict, 'undecided: predicate-error'] : [golden.verdict]
    expect(expected, JSON.stringify(steps, null, 1)).toContain(short(verdict))
  })
})

const short = (verdict: Verdict) =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : `${verdict.kind} by ${verdict.by}`
