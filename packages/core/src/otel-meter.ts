import { createRequire } from 'node:module'
import type { Attributes } from '@opentelemetry/api'
import type { Clock } from './clock.ts'
import type { Outbox } from './delivery/outbox.ts'
import type { FeedbackEvents } from './feedback-events.ts'

type Api = typeof import('@opentelemetry/api')

/**
 * Metrics through `@opentelemetry/api`, if it is installed. They go to the SDK that the user set up, if any.
 *
 * | name | |
 * | --- | --- |
 * | `regotcha.feedback.verdicts` | verdicts, by `verdict` and `reason` (who decided, or why it is undecided) |
 * | `regotcha.feedback.held` | rejections by silence or `captchaAgain()` that were held |
 * | `regotcha.feedback.degraded` | how often a site's acceptance rate fell, by `site` |
 * | `regotcha.feedback.attempts` | exchanges with the API, by `outcome` and `reason` |
 * | `regotcha.feedback.attempt.duration` | seconds, by `outcome` |
 * | `regotcha.feedback.delivery.duration` | seconds from the verdict to the API's confirmation |
 * | `regotcha.feedback.failures` | feedback that failed, by `reason` |
 * | `regotcha.feedback.backlog` | the key's pending feedback; processes that share the outbox report the same value |
 * | `regotcha.feedback.oldest_deadline` | seconds until the first of it expires |
 */
export function otelMeter() {
  const api = installed()
  if (!api) return
  const meter = api.metrics.getMeter('@regotcha-feedback/core')
  const counter = (name: string, description: string, unit: string) =>
    meter.createCounter(`regotcha.feedback.${name}`, { description, unit })
  const seconds = (name: string, description: string) =>
    meter.createHistogram(`regotcha.feedback.${name}`, { description, unit: 's' })
  const verdicts = counter('verdicts', 'Verdicts, undecided ones too', '{verdict}')
  const held = counter('held', 'Rejections by silence or captchaAgain() that were held', '{feedback}')
  const degraded = counter('degraded', 'Times that a site’s acceptance rate fell', '{fall}')
  const attempts = counter('attempts', 'Exchanges with the API', '{attempt}')
  const failures = counter('failures', 'Feedback that failed', '{failure}')
  const attemptDuration = seconds('attempt.duration', 'How long exchanges with the API took')
  const deliveryDuration = seconds('delivery.duration', 'From the verdict to the API’s confirmation')

  const counts: { [Name in keyof FeedbackEvents]: (event: FeedbackEvents[Name]) => void } = {
    verdict: ({ verdict }) =>
      verdicts.add(1, { verdict: verdict.kind, reason: verdict.kind === 'undecided' ? verdict.reason : verdict.by }),
    undecided() {}, // counted as a verdict
    held: () => held.add(1),
    degraded: ({ site }) => degraded.add(1, { site }),
    recovered() {},
    attempt({ outcome, took }) {
      const attributes: Attributes = { outcome: outcome.kind }
      attemptDuration.record(took / 1000, attributes)
      attempts.add(1, { ...attributes, reason: outcome.kind === 'delivered' ? outcome.by : outcome.reason })
    },
    delivered: ({ by, took }) => deliveryDuration.record(took / 1000, { by }),
    failed: (failure) => failures.add(1, { reason: failure.kind }),
  }

  return {
    count: <Name extends keyof FeedbackEvents>(name: Name, event: FeedbackEvents[Name]) => counts[name](event),
    /** Returns a function that stops the observation. */
    observe(outbox: Outbox, clock: Clock): () => void {
      const backlog = meter.createObservableGauge('regotcha.feedback.backlog', {
        description: 'Feedback of the key that waits in the outbox',
        unit: '{feedback}',
      })
      const deadline = meter.createObservableGauge('regotcha.feedback.oldest_deadline', {
        description: 'Until the API’s window closes on the first of the backlog',
        unit: 's',
      })
      const observed = [backlog, deadline]
      const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = async (result) => {
        result.observe(backlog, await outbox.pending())
        const oldest = await outbox.oldestDeadline()
        if (oldest !== undefined) result.observe(deadline, (oldest - clock.now()) / 1000)
      }
      meter.addBatchObservableCallback(observe, observed)
      return () => meter.removeBatchObservableCallback(observe, observed)
    },
  }
}

function installed(): Api | undefined {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as Api
  } catch {
    return undefined
  }
}
