/** The published contract as tests, the same for each of our outboxes. */
import { beforeEach, describe, test } from 'vitest'
import type { Outbox } from '../../packages/core/src/delivery/outbox.ts'
import { type ContractDifferences, outboxContract } from '../../packages/core/src/delivery/outbox-contract.ts'

/** @param open - opens an empty outbox at time 1000, and returns how to remove it. */
export function describeOutbox(
  name: string,
  open: () => Promise<{ readonly outbox: Outbox; clear(): unknown }>,
  differences?: ContractDifferences,
): void {
  describe(`the ${name} outbox`, () => {
    let outbox: Outbox
    beforeEach(async () => {
      const opened = await open()
      outbox = opened.outbox
      return async () => {
        await outbox.close()
        await opened.clear()
      }
    })
    test.each(outboxContract(differences))('$name', ({ check }) => check(outbox))
  })
}
