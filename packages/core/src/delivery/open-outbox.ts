import { OptionError } from '../error.ts'
import { anOutbox, guardOutbox, isOutbox } from './guarded-outbox.ts'
import { createMemoryOutbox } from './memory-outbox.ts'
import type { LocalPlace, OpenOutbox, Outbox, OutboxSetting } from './outbox.ts'
import { createSqliteOutbox } from './sqlite/sqlite-outbox.ts'

export interface OpenOutboxOptions extends Omit<OutboxSetting, 'openLocal'> {
  /** The user's option `outbox`. */
  readonly place: LocalPlace | Outbox | OpenOutbox
  /** How long a file keeps completed feedback, in ms. */
  readonly history: number
}

/** @throws {OptionError} if the user's own function does not return an outbox. */
export function openOutbox({ place, history, ...setting }: OpenOutboxOptions): Outbox {
  const { clock, trouble } = setting
  const openLocal = (place: LocalPlace): Outbox =>
    place === 'memory' ? createMemoryOutbox() : createSqliteOutbox({ path: place.file, history, ...setting })
  if (place === 'memory' || 'file' in place) return openLocal(place)
  const own = typeof place === 'function' ? place({ ...setting, openLocal }) : place
  if (!isOutbox(own)) throw new OptionError(`createRegotchaFeedback: \`outbox\`: expected ${anOutbox}`)
  return guardOutbox(own, clock, trouble)
}
