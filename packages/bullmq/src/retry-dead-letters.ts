import { RegotchaFeedbackError, type RegotchaFeedbackOptions } from '@regotcha-feedback/core'
import { checkOptions, feedbackOptions } from '@regotcha-feedback/core/adapter'
import { accountOf } from '@regotcha-feedback/core/outbox-file'
import { z } from 'zod'
import { type Connection, connection } from './connection.ts'
import { createResilientQueue } from './resilient-queue.ts'

export interface RetryDeadLettersOptions extends Pick<RegotchaFeedbackOptions, 'clientKey' | 'baseURL'> {
  /** The Redis of the crawlers: `redis://` or `rediss://`, or the options of ioredis. */
  readonly connection: Connection
}

const anything = z.unknown().optional()
const options = z.strictObject(
  { connection: connection(), clientKey: anything, baseURL: anything },
  'an object of options',
)

/**
 * Makes workers send the key's dead letters again, until their 24 hours are over.
 *
 * @returns how many dead letters are pending again.
 * @throws {OptionError} naming each wrong option; {RegotchaFeedbackError} if Redis can't be used.
 * @example
 * await retryDeadLetters({ connection: 'redis://localhost' }) // the key from REGOTCHA_CLIENT_KEY
 */
export async function retryDeadLetters(given: RetryDeadLettersOptions): Promise<number> {
  const { connection, ...key } = checkOptions('retryDeadLetters', options, given)
  const { clientKey = '', baseURL, clock } = checkOptions('retryDeadLetters', feedbackOptions, key)
  let trouble = ''
  const queue = createResilientQueue({
    connection,
    account: accountOf(clientKey, baseURL),
    clock,
    trouble: (sentence) => {
      trouble = sentence
    },
  })
  try {
    const revived = await queue.use((queue) => queue.revive(clock.now()))
    if (revived === undefined) throw new RegotchaFeedbackError(trouble)
    return revived
  } finally {
    queue.close()
  }
}
