import type { Clock } from '../../clock.ts'
import type { OutboxEvent } from '../outbox.ts'
import type { ResilientFile } from './resilient-file.ts'
import type { SqliteFile } from './sqlite-file.ts'

export interface CompletionsOptions {
  readonly file: Pick<ResilientFile, 'use'>
  readonly clock: Clock
  readonly tell: (event: OutboxEvent) => void
}

/** The interval between two looks, in ms. */
const interval = 500

/** Reports, while there are listeners, which feedback the processes at a file ended since it was opened. */
export function createCompletions({ file, clock, tell }: CompletionsOptions) {
  let heardUntil: number | undefined

  function hear(): void {
    const heard = file.use((db) => db.endedAfter(heardUntil ?? 0))
    if (!heard) return
    heardUntil = heard.mark
    for (const event of heard.events) tell(event)
    if (!heard.isAll) hear()
  }

  return {
    opened(db: SqliteFile): void {
      heardUntil ??= db.lastEndedAt()
    },
    /** Returns a function that removes the listener. */
    listen(): () => void {
      let cancel = clock.after(interval, function listen() {
        hear()
        cancel = clock.after(interval, listen)
      })
      return () => cancel()
    },
  }
}
