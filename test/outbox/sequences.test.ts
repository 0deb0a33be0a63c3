/** A few of the sequences of which `pnpm soak` plays ten thousand. */
import { expect, test } from 'vitest'
import { playSequences } from './play-sequences.ts'

test('whatever crawlers, the API, an operator and the machine do to a file, it owes what a model says', async () => {
  const { counterexample, commands } = await playSequences(200)
  expect(counterexample).toBeUndefined()
  expect(commands).toBeGreaterThan(1000)
})
