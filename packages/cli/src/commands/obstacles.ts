import type { RegotchaFeedback } from '@regotcha-feedback/core'

/** What stands in the way of a delivery that a command waits for. Trouble with the outbox is told on stderr at once. */
export function obstaclesOf(feedback: RegotchaFeedback) {
  const refusal = Promise.withResolvers<string>()
  let trouble: string | undefined
  feedback.on('attempt', ({ outcome }) => {
    const isCut = outcome.kind === 'retryable' && outcome.reason === 'aborted' // by ourselves, at the end
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
    /** Fulfils, in the API's words, when the API refuses the key. */
    refused: refusal.promise,
  }
}
