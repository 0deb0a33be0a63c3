import type { RegotchaFeedback } from '@regotcha-feedback/core'

/**
 * Collects why a delivery does not succeed while a command waits for it. Outbox failures are printed on stderr at
 * once.
 */
export function obstaclesOf(feedback: RegotchaFeedback) {
  const refusal = Promise.withResolvers<string>()
  let trouble: string | undefined
  feedback.on('attempt', ({ outcome }) => {
    const isCut = outcome.kind === 'retryable' && outcome.reason === 'aborted' // we aborted it, at the end
    if (isCut) trouble ??= 'no answer in time'
    else trouble = outcome.kind === 'retryable' ? outcome.detail : undefined
  })
  feedback.on('failed', (failure) => {
    if (failure.kind === 'key-rejected') refusal.resolve(failure.detail)
    if (failure.kind === 'outbox') process.stderr.write(`${failure.detail}\n`)
  })
  return {
    /** How the last attempt failed; `undefined` if it did not, or there was none. */
    trouble: () => trouble,
    /** Fulfils when the API refuses the key, with the API's message. */
    refused: refusal.promise,
  }
}
