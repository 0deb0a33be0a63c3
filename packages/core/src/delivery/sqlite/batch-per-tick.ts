/**
 * Collects the requests of one turn of the event loop, and answers them together at its end.
 * @param answer - returns one answer for each request, in their order.
 */
export function batchPerTick<Question, Answer>(answer: (questions: readonly Question[]) => readonly Answer[]) {
  let asked: { readonly question: Question; readonly reply: (answer: Answer) => void }[] = []

  function answerAll(): void {
    const all = asked
    asked = []
    const answers = answer(all.map(({ question }) => question))
    for (const [index, { reply }] of all.entries()) reply(answers[index] as Answer)
  }

  return (question: Question): Promise<Answer> => {
    if (asked.length === 0) setImmediate(answerAll)
    return new Promise((reply) => void asked.push({ question, reply }))
  }
}
