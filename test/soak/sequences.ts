import { playSequences } from '../outbox/play-sequences.ts'
import type { Row } from './table.ts'

/** Generated sequences of reports, claims, kills, locks, deletions and clock jumps, compared with a model. */
export async function sequences(count: number): Promise<readonly Row[]> {
  const { sequences, commands, counterexample } = await playSequences(count)
  if (counterexample) console.error(counterexample)
  return [
    {
      fault: 'generated sequences of what crawlers, the API, an operator and the machine do, against a model',
      times: `${sequences.toLocaleString('en')} sequences`,
      lost: counterexample ? 1 : 0,
      besides: [
        {
          what: `${commands.toLocaleString('en')} commands, ${counterexample ? 'one sequence' : 'no sequence'} against the model`,
          goal: 'none',
          isMet: !counterexample,
        },
      ],
    },
  ]
}
