/**
 * The contract of every outbox, as checks for your own tests. They need no test runner and no network.
 *
 * @example
 * import { outboxContract } from '@regotcha-feedback/core/outbox'
 * for (const { name, check } of outboxContract()) test(name, () => check(openAnEmptyOutbox()))
 */
import { expect } from './expectation.ts'
import { type ClaimedFeedback, type Feedback, longestWait, type Origin, type Outbox } from './outbox.ts'

/** Permitted differences of an outbox. */
export interface ContractDifferences {
  /** Its store has its own clock, so setting back a machine's clock does not change a wait. */
  readonly ownTime?: boolean
  /** It polls for feedback of other machines, so `lookAgainAt` may be earlier than any known feedback is due. */
  readonly looksOften?: boolean
  /** Its pace works in windows: a whole burst, then nothing until a whole burst may be sent again. */
  readonly windows?: boolean
}

export interface ContractCheck {
  readonly name: string
  /**
   * Rejects with an `AssertionError` if the outbox violates its contract.
   * @param outbox - an empty outbox whose clock is at 1000 ms since the epoch. The calls pass later times.
   */
  check(outbox: Outbox): Promise<void>
}

export function outboxContract(differences: ContractDifferences = {}): readonly ContractCheck[] {
  return Object.keys(rules(undefined as never, differences)).map((name) => ({
    name,
    check: async (outbox) => rules(outbox, differences)[name]?.(),
  }))
}

const feedback = (taskId: string, parts: Partial<Feedback> = {}): Feedback => ({
  taskId,
  valid: true,
  decidedAt: 1000,
  expiresAt: 90_000,
  ...parts,
})
const delivered = { kind: 'delivered', by: 'recorded', attempts: 1 } as const
const anyPace = { perMinute: 60_000, burst: 1000 }
const isOptionalTime = (time: unknown) => time === undefined || Number.isFinite(time)

function rules(
  outbox: Outbox,
  { ownTime = false, looksOften = false, windows = false }: ContractDifferences,
): Record<string, () => Promise<void>> {
  const all: Record<string, () => Promise<void>> = {}
  const test = (name: string, check: () => Promise<void>) => {
    all[name] = check
  }
  const ifNot = (isOtherwise: boolean, ...[name, check]: Parameters<typeof test>) => {
    if (!isOtherwise) test(name, check)
  }
  const at = (time: number) => (looksOften ? Number.isFinite : time)
  const claim = (now: number, limit = 10, pace = anyPace) => outbox.claim({ now, lease: 500, limit, pace })
  const claimed = async (...options: Parameters<typeof claim>) =>
    (await claim(...options)).feedback.map(({ taskId, attempts }) => `${taskId}#${attempts}`)
  const claimOne = async (now: number) => (await claim(now, 1)).feedback[0] as ClaimedFeedback

  test('keeps the first decision for a task', async () => {
    expect(outbox.add(feedback('a'))).toEqual({ kind: 'added' })
    expect(outbox.add(feedback('a', { valid: false }))).toMatchObject({
      kind: 'known',
      valid: true,
      ending: undefined,
    })
    expect((await claim(1000)).feedback).toEqual([{ ...feedback('a'), attempts: 1 }])
  })

  test('remembers an ended task until it expires, and does not hand it out again', async () => {
    outbox.add(feedback('a'))
    expect(await outbox.settle(await claimOne(1000), delivered)).toBe(true)
    expect(await outbox.pending()).toBe(0)
    expect(await claimed(80_000)).toEqual([])
    expect(outbox.add(feedback('a', { decidedAt: 89_999 }))).toMatchObject({
      kind: 'known',
      valid: true,
      ending: delivered,
    })
    expect(outbox.add(feedback('a', { decidedAt: 90_000, expiresAt: 180_000 }))).toEqual({ kind: 'added' })
    expect(await claimed(90_000)).toEqual(['a#1'])
  })

  test('keeps the first ending of a task', async () => {
    outbox.add(feedback('a'))
    const late = await claimOne(1000)
    const other = await claimOne(1500)
    expect(await outbox.settle(other, delivered)).toBe(true)
    expect(await outbox.settle(late, { kind: 'expired' })).toBe(false)
    expect(outbox.add(feedback('a'))).toMatchObject({ ending: delivered })
  })

  test('hands out feedback that is due, no more than requested, oldest deadline first, regardless of the order of decisions', async () => {
    outbox.add(feedback('b', { expiresAt: 90_001 }))
    outbox.add(feedback('a', { expiresAt: 90_002 }))
    outbox.add(feedback('c', { decidedAt: 1001, expiresAt: 80_000 }))
    expect(await claimed(1001, 2)).toEqual(['c#1', 'b#1'])
    expect(await outbox.oldestDeadline()).toEqual(looksOften ? isOptionalTime : 80_000)
    expect(await claimed(1001, 2)).toEqual(['a#1'])
  })

  test('if it hands out feedback added with a claim at once, does so as that claim would', async () => {
    const now = { now: 1000, lease: 500, limit: 1, pace: anyPace }
    const added = outbox.add(feedback('a'), now)
    const wasClaimed = added.kind === 'added' && added.claimed !== undefined
    if (wasClaimed) expect(added).toEqual({ kind: 'added', claimed: { ...feedback('a'), attempts: 1 } })
    expect(await claimed(1001)).toEqual(wasClaimed ? [] : ['a#1'])
    expect(await claimed(1501)).toEqual(['a#2'])
    outbox.add(feedback('b', { expiresAt: 80_000 }))
    expect(outbox.add(feedback('c', { expiresAt: 90_001 }), { ...now, now: 1502 })).toEqual({ kind: 'added' })
    expect(await claimed(1502, 1)).toEqual(['b#1'])
    await outbox.pause(1502, 3000)
    expect(outbox.add(feedback('d'), { ...now, now: 1503 })).toEqual({ kind: 'added' })
  })

  test('hands out a claimed feedback again only when its lease has run out', async () => {
    outbox.add(feedback('a'))
    expect(await claim(1000)).toMatchObject({ feedback: [{ attempts: 1 }], lookAgainAt: at(1500) })
    expect(await claim(1499)).toEqual({ feedback: [], lookAgainAt: at(1500) })
    expect(await claimed(1500)).toEqual(['a#2'])
  })

  test('hands out a postponed feedback when it is due', async () => {
    outbox.add(feedback('a'))
    await outbox.postpone(await claimOne(1000), 1200)
    expect(await claim(1199)).toEqual({ feedback: [], lookAgainAt: at(1200) })
    expect(await claimed(1200)).toEqual(['a#2'])
  })

  test('ignores a postponement of feedback that was claimed again since', async () => {
    outbox.add(feedback('a'))
    const late = await claimOne(1000)
    await claimOne(1500)
    await outbox.postpone(late, 1600)
    expect(await claimed(1600)).toEqual([])
    expect(await claimed(2000)).toEqual(['a#3'])
  })

  ifNot(ownTime, 'ignores waits so long that the clock must have been set back', async () => {
    outbox.add(feedback('a', { decidedAt: 50_000_000, expiresAt: 90_000_000 }))
    await outbox.pause(50_000_000, 50_010_000)
    const hourBefore = 50_000_000 - 3_600_000
    expect(await claimed(hourBefore)).toEqual(['a#1'])
    expect(await claimed(hourBefore + 499)).toEqual([])
    expect(await claimed(hourBefore - longestWait)).toEqual(['a#2'])
  })

  test('hands out at its pace: a burst, then one at a time', async () => {
    for (const taskId of ['a', 'b', 'c', 'd']) outbox.add(feedback(taskId))
    const pace = { perMinute: 60, burst: 2 }
    expect(await claimed(1000, 10, pace)).toHaveLength(2)
    expect(await claim(1499, 10, pace)).toEqual({ feedback: [], lookAgainAt: at(2000) })
    expect(await claimed(2000, 10, pace)).toHaveLength(windows ? 0 : 1)
    expect(await claimed(3000, 10, pace)).toHaveLength(windows ? 2 : 1)
  })

  ifNot(ownTime, 'saves up no more than a burst, also after the clock was set back', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e', 'f']) outbox.add(feedback(taskId))
    const pace = { perMinute: 60, burst: 2 }
    expect(await claimed(50_000_000, 10, pace)).toHaveLength(2)
    expect(await claimed(50_000_000 - 3_600_000, 10, pace)).toHaveLength(2)
    expect(await claimed(50_000_000 - 3_600_000, 10, pace)).toHaveLength(0)
  })

  test('hands out nothing during a pause, or the longest of several', async () => {
    outbox.add(feedback('a'))
    await outbox.pause(1000, 3000)
    await outbox.pause(1100, 2000)
    expect(await claim(2999)).toEqual({ feedback: [], lookAgainAt: at(3000) })
    expect(await claimed(3000)).toEqual(['a#1'])
  })

  const bySilence = { site: 'shop.test', by: 'silence', predicate: undefined, took: 30_000 }

  test('hands out held feedback only after its release, then in the order of deadlines', async () => {
    expect(outbox.hold(feedback('a', { valid: false, origin: bySilence }))).toEqual({ kind: 'added' })
    outbox.hold(feedback('b'))
    outbox.add(feedback('c', { expiresAt: 90_001 }))
    expect(await outbox.pending()).toBe(1)
    expect(await claimed(1000)).toEqual(['c#1'])
    expect(await outbox.held()).toEqual([feedback('a', { valid: false, origin: bySilence }), feedback('b')])
    expect(await outbox.release('a')).toBe(true)
    expect(await outbox.release('a')).toBe(false)
    expect(await outbox.release('c')).toBe(false)
    expect(await claimed(1500)).toEqual(['a#1', 'c#2'])
    expect(await outbox.held()).toEqual([feedback('b')])
  })

  test('never hands out dropped feedback, and remembers it', async () => {
    outbox.hold(feedback('a'))
    expect(await outbox.drop('a')).toBe(true)
    expect(await outbox.drop('a')).toBe(false)
    expect(await claimed(1000)).toEqual([])
    expect(outbox.add(feedback('a'))).toMatchObject({ kind: 'known', ending: { kind: 'dropped' } })
  })

  test('lets another decision replace a held one, but does not hold a task twice', async () => {
    outbox.hold(feedback('a', { valid: false, origin: bySilence }))
    expect(outbox.hold(feedback('a', { valid: false }))).toMatchObject({ kind: 'known', isHeld: true })
    expect(outbox.add(feedback('a'))).toEqual({ kind: 'added' })
    expect(outbox.hold(feedback('a', { valid: false }))).toMatchObject({ kind: 'known', valid: true, isHeld: false })
    expect((await claim(1000)).feedback).toMatchObject([{ taskId: 'a', valid: true, attempts: 1 }])
    expect(await outbox.held()).toEqual([])
  })

  test('hands out held feedback that expired, so that its end is reported', async () => {
    outbox.hold(feedback('a', { expiresAt: 80_000 }))
    expect(await claimed(79_999)).toEqual([])
    expect(await claimed(79_999 + 60_000)).toEqual(['a#1'])
  })

  test('counts a site’s latest rejections by an absence in a row', async () => {
    const decide = (decidedAt: number, origin: Partial<Origin>) =>
      outbox.add(feedback(`at ${decidedAt}`, { decidedAt, origin: { ...bySilence, ...origin } }))
    expect(outbox.absencesInARow('shop.test', 3)).toBe(0)
    decide(1, { by: 'silence' })
    decide(2, { by: 'rejectedWhen', predicate: 'captchaRefused()' })
    decide(3, { by: 'rejectedWhen', predicate: 'captchaAgain()' })
    decide(4, { by: 'acceptedWhen', site: 'other.test' })
    outbox.hold(feedback('held', { decidedAt: 5, origin: bySilence }))
    outbox.add(feedback('reported', { decidedAt: 6 }))
    expect(outbox.absencesInARow('shop.test', 3)).toBe(2)
    // Written by earlier versions.
    for (const at of [7, 8, 9]) decide(at, { by: 'deadline' })
    expect(outbox.absencesInARow('shop.test', 3)).toBe(3)
    expect(outbox.absencesInARow('other.test', 3)).toBe(0)
  })

  test('counts the verdicts of its history, if it has one, each task once', async () => {
    if (!outbox.counts) return
    for (const taskId of ['a', 'b', 'b']) outbox.note?.({ taskId, decidedAt: 1000, origin: bySilence })
    outbox.add(feedback('a', { origin: bySilence }))
    for (const taskId of ['c', 'd']) outbox.hold(feedback(taskId, { valid: false, origin: bySilence }))
    await outbox.drop('d')
    expect(await outbox.counts({ site: 'shop.test', since: 1000 })).toEqual({ accepted: 1, rejected: 1, undecided: 1 })
    expect(await outbox.counts({ since: 1001 })).toEqual({ accepted: 0, rejected: 0, undecided: 0 })
  })

  test('counts pending feedback', async () => {
    expect(await outbox.pending()).toBe(0)
    outbox.add(feedback('a'))
    outbox.add(feedback('b', { decidedAt: 1100 }))
    expect(await outbox.pending()).toBe(2)
    for (const one of (await claim(1100)).feedback) await outbox.settle(one, { kind: 'dead', reason: 'ERROR_X' })
    expect(await outbox.pending()).toBe(0)
  })
  return all
}
