/** Predicates may take real time, while the recording's stands still for them. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Evidence, Predicate } from '@regotcha-feedback/core'

interface Question {
  readonly askedAt: number
  /** How many bodies it waits for that come later in the recording: for these, time must go on. */
  reading: number
}

/** @param limit - what a predicate may take, in milliseconds of real time. */
export function createPatience(limit: number) {
  const open = new Set<Question>()

  function patient(predicate: Predicate, looksAtURL: () => void = () => {}): Predicate {
    const ask: Predicate = (evidence, page) => {
      const question: Question = { askedAt: Date.now(), reading: 0 }
      const answer = predicate(told(evidence, question, looksAtURL), page)
      if (typeof answer === 'boolean') return answer
      open.add(question)
      const close = () => open.delete(question)
      Promise.resolve(answer).then(close, close)
      return answer
    }
    return Object.assign(ask, 'description' in predicate && { description: predicate.description })
  }

  async function settled(): Promise<void> {
    const isBusy = ({ reading, askedAt }: Question) => reading === 0 && Date.now() - askedAt < limit
    await setImmediate()
    while ([...open].some(isBusy)) await setTimeout(1)
  }

  return { patient, settled }
}

/** The same evidence; notes what is asked of it. */
function told(evidence: Evidence, question: Question, looksAtURL: () => void): Evidence {
  const reading =
    <T>(read: () => Promise<T>) =>
    async () => {
      question.reading++
      try {
        return await read()
      } finally {
        question.reading--
      }
    }
  return new Proxy(evidence, {
    get(evidence, name) {
      if (name === 'url' || name === 'kind') looksAtURL()
      return name === 'text' || name === 'json' ? reading(evidence[name]) : Reflect.get(evidence, name)
    },
  })
}
