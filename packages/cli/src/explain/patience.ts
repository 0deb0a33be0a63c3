/** Predicates may take real time, while the recording's stands still for them. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Evidence, Predicate } from '@regotcha-feedback/core'

interface Question {
  readonly askedAt: number
  /** Whether its answer is still awaited. */
  isOpen: boolean
  /** How many bodies it waits for that come later in the recording: for these, time must go on. */
  reading: number
}

/** @param limit - what a predicate may take, in milliseconds of real time. */
export function createPatience(limit: number) {
  /** The open questions that wait for no body. */
  const busy = new Set<Question>()

  function update(question: Question, change: Partial<Question>): void {
    const { isOpen, reading } = Object.assign(question, change)
    if (isOpen && reading === 0) busy.add(question)
    else busy.delete(question)
  }

  function patient(predicate: Predicate, looksAtURL: () => void = () => {}): Predicate {
    const ask: Predicate = (evidence, page) => {
      const question: Question = { askedAt: Date.now(), isOpen: false, reading: 0 }
      const read = (by: 1 | -1) => update(question, { reading: question.reading + by })
      const answer = predicate(told(evidence, read, looksAtURL), page)
      if (typeof answer === 'boolean') return answer
      update(question, { isOpen: true })
      const close = () => update(question, { isOpen: false })
      Promise.resolve(answer).then(close, close)
      return answer
    }
    return Object.assign(ask, 'description' in predicate && { description: predicate.description })
  }

  async function settled(): Promise<void> {
    await setImmediate()
    while ([...busy].some(({ askedAt }) => Date.now() - askedAt < limit)) await setTimeout(1)
  }

  return { patient, settled }
}

/** The same evidence; `read` is told of each body that is asked for, and again when it is there or lost. */
function told(evidence: Evidence, read: (by: 1 | -1) => void, looksAtURL: () => void): Evidence {
  const reading =
    <T>(body: () => Promise<T>) =>
    async () => {
      read(1)
      try {
        return await body()
      } finally {
        read(-1)
      }
    }
  return new Proxy(evidence, {
    get(evidence, name) {
      if (name === 'url' || name === 'kind') looksAtURL()
      return name === 'text' || name === 'json' ? reading(evidence[name]) : Reflect.get(evidence, name)
    },
  })
}
