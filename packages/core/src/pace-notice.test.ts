import { expect, test } from 'vitest'
import { createPaceNotice } from './pace-notice.ts'

function counting() {
  let now = 0
  const told: string[] = []
  const added = createPaceNotice({ perMinute: 10, burst: 10 }, { now: () => now }, (sentence) => told.push(sentence))
  return {
    told,
    add: (count: number, minutes: number) => {
      for (let index = 0; index < count; index++) {
        now += (minutes * 60_000) / count
        added()
      }
    },
  }
}

test('warns once, with numbers, if feedback arrives faster than the pace', () => {
  const { told, add } = counting()
  add(200, 10)
  add(200, 10)
  expect(told).toEqual([expect.stringMatching(/^61 feedback within 5 minutes .* of 10 a minute/)])
})

test.each([
  ['a burst', 60, 1],
  ['an hour at the pace', 600, 60],
])('does not warn within the pace: %s', (_, count, minutes) => {
  const { told, add } = counting()
  add(count, minutes)
  expect(told).toEqual([])
})
