/** Of the rules that recordings of the sandbox's sites suggest: how often they are right about other visits. */
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { compileCache } from '../setup/compile-cache.ts'
import type { Results } from './unseen.ts'

let results: { readonly two: Results; readonly one: Results }

// Rules are loaded as Node loads them, which vitest does not.
beforeAll(() => {
  const script = `${import.meta.dirname}/unseen.ts`
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache }
  results = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8', env }))
}, 600_000)

describe('of two accepted and two rejected recordings', () => {
  test('no rule is wrong', () => {
    expect(results.two.wrong).toEqual([])
  })

  test('at most 5 % are undecided of what can be decided', () => {
    const { right, undecided } = results.two
    const silent = undecided.silent?.length ?? 0
    expect(silent / (right + silent)).toBeLessThanOrEqual(0.05)
  })

  /**
   * Not counted: visits of which a watch says nothing whatever it is asked, since the site failed, no request took the
   * token, or it was submitted twice; and those that look like one of the other kind.
   */
  test('these are undecided', () => {
    expect(results.two.undecided).toMatchInlineSnapshot(`
      {
        "alike": [
          "fire-and-go accepted",
          "fire-and-go rejected",
          "form-post accepted",
          "form-post rejected",
          "form-post-refused accepted",
          "form-post-refused rejected",
          "impatient accepted",
          "refreshed accepted",
          "refreshed rejected",
          "retry-spent accepted",
          "slow-call-1 accepted",
          "ten-megabytes accepted",
          "ten-megabytes rejected",
          "two-captchas accepted",
          "wrong-password-3 rejected",
        ],
        "silent": [
          "beacon rejected",
          "cookie rejected",
          "event-stream rejected",
          "events rejected",
          "latin rejected",
          "queued rejected",
          "says-nothing rejected",
          "single-fetch rejected",
          "taken rejected",
          "ten-megabytes-json rejected",
          "vendor-outage accepted",
          "wrong-password-2 rejected",
          "wrong-password-3 accepted",
        ],
        "undecidable": [
          "beacon-blob accepted",
          "beacon-blob rejected",
          "broken accepted",
          "broken rejected",
          "busy accepted",
          "busy rejected",
          "impatient rejected",
          "json-4 rejected",
          "json-5 accepted",
          "json-5 rejected",
          "maintenance accepted",
          "maintenance rejected",
          "reset accepted",
          "reset rejected",
          "retry rejected",
          "retry-spent rejected",
          "shared-worker accepted",
          "shared-worker rejected",
          "silent accepted",
          "silent rejected",
          "silent-1 accepted",
          "silent-1 rejected",
          "slow-answer-1 rejected",
          "slow-answer-2 accepted",
          "slow-answer-2 rejected",
          "slow-answer-3 accepted",
          "slow-answer-3 rejected",
          "slow-call accepted",
          "slow-call rejected",
          "slow-call-1 rejected",
          "twice rejected",
          "two-captchas rejected",
          "two-captchas-1 rejected",
          "v3-in-body rejected",
          "wall-in-front accepted",
          "wall-in-front rejected",
          "websocket accepted",
          "websocket rejected",
          "websocket-leaving rejected",
          "websocket-leaving-1 rejected",
        ],
      }
    `)
  })
})

test('of one recording of each kind, no rule is wrong', () => {
  expect(results.one.wrong).toEqual([])
  expect(results.one.right).toBeGreaterThan(results.two.right)
})
