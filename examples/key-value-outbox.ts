/** An outbox for machines whose disk vanishes: memory, with a copy in a key-value store, as Apify and Crawlee have one. */
import { createMemoryOutbox, type Ending, type Feedback, type Outbox } from '@regotcha-feedback/core/outbox'

/** As `KeyValueStore` of Crawlee and of Apify's SDK. */
interface Store {
  getValue<T>(key: string): Promise<T | null>
  setValue<T extends object>(key: string, value: T): Promise<void>
}

/** A decided feedback that the API's window is still open for. */
interface Entry extends Feedback {
  readonly isHeld?: boolean
  readonly ending?: Ending
}

const key = 'REGOTCHA-FEEDBACK'

/** Opens the outbox with what an earlier run left in the store, which is for one API key and one process at a time. */
export async function openKeyValueOutbox(store: Store): Promise<{ outbox: Outbox; saved(): Promise<void> }> {
  const memory = createMemoryOutbox()
  const entries = new Map(Object.entries((await store.getValue<Record<string, Entry>>(key)) ?? {}))
  for (const { isHeld, ending, ...feedback } of entries.values()) {
    if (isHeld) memory.hold(feedback)
    else memory.add(feedback)
    if (ending) await memory.settle({ ...feedback, attempts: 0 }, ending)
  }

  let saving: Promise<void> = Promise.resolve()
  function put(entry: Entry) {
    for (const [taskId, { expiresAt, ending }] of entries) if (ending && expiresAt < Date.now()) entries.delete(taskId)
    entries.set(entry.taskId, entry)
    // One after the other, each with all that is known by then. What fails is in the next one.
    saving = saving.then(() => store.setValue(key, Object.fromEntries(entries))).catch(() => {})
  }

  const outbox: Outbox = {
    ...memory,
    add(feedback, claim) {
      const added = memory.add(feedback, claim)
      if (added.kind === 'added') put(feedback)
      return added
    },
    hold(feedback) {
      const added = memory.hold(feedback)
      if (added.kind === 'added') put({ ...feedback, isHeld: true })
      return added
    },
    async release(taskId) {
      const entry = entries.get(taskId)
      if (entry?.isHeld) put({ ...entry, isHeld: false })
      return memory.release(taskId)
    },
    async drop(taskId) {
      const entry = entries.get(taskId)
      if (entry?.isHeld) put({ ...entry, isHeld: false, ending: { kind: 'dropped' } })
      return memory.drop(taskId)
    },
    async settle({ attempts, ...feedback }, ending) {
      const isFirst = await memory.settle({ attempts, ...feedback }, ending)
      if (isFirst) put({ ...feedback, ending })
      return isFirst
    },
  }
  return { outbox, saved: () => saving }
}
