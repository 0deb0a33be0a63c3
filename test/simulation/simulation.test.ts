import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadCore } from './core.ts'
import { simulate, told } from './simulate.ts'
import { play, visits } from './visit.ts'

test('no verdict of 20,000 visits contradicts the truth', async () => {
  const report = await simulate({ visits: 20_000 })
  expect(report.visits).toBe(20_000)
  expect(report.sensible.right).toBeGreaterThan(0)
  expect(report.sensible.wrong, told(report)).toBe(0)
  // Who asks what can't tell gets wrong verdicts, and these are found.
  expect(report.hasty.wrong).toBeGreaterThan(0)
})

test('a seed always makes the same visit, with the same events and verdicts', async () => {
  const core = await loadCore()
  for (const visit of fc.sample(visits, { seed: 1, numRuns: 20 })) {
    const [first, second] = [[] as string[], [] as string[]]
    await play(visit, core, (line) => first.push(line))
    await play(visit, core, (line) => second.push(line))
    expect(second).toEqual(first)
    expect(first.length).toBeGreaterThan(2)
  }
})
