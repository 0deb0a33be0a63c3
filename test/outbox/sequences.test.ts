/** Runs a few sequences; `pnpm soak` runs ten thousand. */
import { expect, test } from 'vitest'
import { playSequences } from './play-sequences.ts'

test('for any sequence of actions by crawlers, the API, an operator and the machine, the file agrees with a model', async () => {
  const { counterexample, commands } = await playSequences(200)
  expect(counterexample).toBeUndefined()
  expect(commands).toBeGreaterThan(1000)
})
