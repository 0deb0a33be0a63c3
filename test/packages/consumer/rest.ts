/** The same of what needs no browser library: compiled, run by nobody. */
import { bullmqOutbox, startFeedbackWorker } from '@regotcha-feedback/bullmq'
import { createRegotchaFeedback, type Evidence, json, type Verdict } from '@regotcha-feedback/core'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { z } from 'zod'

export async function all() {
  const feedback = createRegotchaFeedback({
    outbox: bullmqOutbox({ connection: 'redis://localhost' }),
    pace: { perMinute: 20, burst: 10 },
  })
  feedback.on('delivered', ({ taskId, by, attempts }) => [taskId.at(0), by.length, attempts.toFixed()])
  const { pending }: { pending: number } = await feedback.close({ timeout: 5_000 })
  await startFeedbackWorker({ connection: 'redis://localhost' }).close()

  const sandbox = await startSandbox()
  const { taskId, token }: { taskId: string; token: string } = sandbox.issueTask({ valid: false })

  // @ts-expect-error an unknown option
  createRegotchaFeedback({ clientkey: 'key' })
  // @ts-expect-error a pace that is a number
  createRegotchaFeedback({ pace: 20 })
  // @ts-expect-error validity in words
  void feedback.report(taskId, 'valid')
  // @ts-expect-error an event that there is not
  feedback.on('deliverd', () => {})
  // @ts-expect-error no connection
  bullmqOutbox({})
  return [pending, token, json(z.object({ success: z.literal(true) }))]
}

export function reason(verdict: Verdict, evidence: Evidence): string {
  switch (verdict.kind) {
    case 'accepted':
    case 'rejected':
      return verdict.kind
    case 'undecided':
      return `${verdict.reason} ${evidence.url}`
  }
}
