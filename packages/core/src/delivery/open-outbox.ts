import { OptionError } from '../error.ts'
import { anOutbox, guardOutbox, isOutbox } from './guarded-outbox.ts'
import { createMemoryOutbox } from './memory-outbox.ts'
import type { LocalPlace, OpenOutbox, Outbox, OutboxSetting } from './outbox.ts'
import { createSqliteOutbox } from './sqlite/sqlite-outbox.ts'

export interface OpenOutboxOptions extends Omit<OutboxSetting, 'openLocal'> {
  /** Where the user wants feedback to wait. */
  readonly place: LocalPlace | Outbox | OpenOutbox
  /** How many ms a file remembers what has ended. */
  readonly history: number
}

/** @throws {OptionError} where the user's own function opens something else. */
export function openOutbox({ place, history, ...setting }: OpenOutboxOptions): Outbox {
  const { clock, trouble } = setting
  const openLocal = (place: LocalPlace): Outbox =>
    place === 'memory' ? createMemoryOutbox() : createSqliteOutbox({ path: place.file, history, ...setting })
  if (place === 'memory' || 'file' in place) return openLocal(place)
  const own = typeof place === 'function' ? place({ ...setting, openLocal }) : place
  if (!isOutbox(own)) throw new OptionError(`createRegotchaFeedback: \`outbox\`: expected ${anOutbox}`)
  return guardOutbox(own, clock, trouble)
}
