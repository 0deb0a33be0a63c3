import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback, type WatchDelivery } from '@regotcha-feedback/core'
import { openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { adviceOnDead } from '../advice.ts'
import { type Answer, answering } from '../answer.ts'
import { CommandError, type ExitCode, exitCode } from '../exit-code.ts'
import { clientKey, type GlobalOptions, settingsOf } from '../settings.ts'
import { positive } from './number-option.ts'
import { obstaclesOf } from './obstacles.ts'

interface SendOptions {
  readonly valid?: true
  readonly invalid?: true
  /** Seconds. */
  readonly timeout: number
}

export function addSend(program: Command): void {
  program
    .command('send')
    .description('send the feedback for one task: did the site accept its token?')
    .argument('<taskId>', 'the id that createTask returned')
    .addOption(new Option('--valid', 'the site accepted the token').conflicts('invalid'))
    .addOption(new Option('--invalid', 'the site rejected the token'))
    .addOption(new Option('--timeout <seconds>', 'how long to wait for delivery').argParser(positive).default(30))
    .action(answering(send))
}

async function send({ valid, invalid, timeout, ...options }: SendOptions & GlobalOptions, taskId: string) {
  if (!valid && !invalid) {
    throw new CommandError(exitCode.usage, 'did the site accept the token? Pass --valid or --invalid')
  }
  const { outbox } = settingsOf(options)
  if (typeof outbox === 'object' && 'file' in outbox && existsSync(outbox.file)) {
    openOutboxFile(outbox.file)[Symbol.dispose]() // throws at once if the file can't be used
  }
  const feedback = createRegotchaFeedback({ clientKey: await clientKey(), outbox })
  const enough = new AbortController()
  const { refused, trouble } = obstaclesOf(feedback)
  const outcome = await Promise.race([
    feedback.report(taskId, valid === true),
    refused.then((detail) => ({ kind: 'key-rejected', detail }) as const),
    setTimeout(timeout * 1000, { kind: 'pending' } as const, { signal: enough.signal }),
  ])
  enough.abort()
  await feedback.close({ timeout: 1 })
  return answer(taskId, valid === true, outcome, trouble() ?? notSent)
}

/** Other feedback of the key was ahead of it. */
const notSent = 'other feedback is ahead of it: `regotcha-feedback status` shows the pace that is left'

type Outcome = WatchDelivery | { readonly kind: 'key-rejected'; readonly detail: string }

function answer(taskId: string, valid: boolean, outcome: Outcome, trouble: string): Answer {
  const data = { taskId, valid, ...outcome }
  const kept = 'It is kept in the outbox: `regotcha-feedback flush` or the next crawler delivers it.'
  const keptForKey = 'It is kept for this key. If the key is wrong, send it again with the right key.'
  const told = (code: ExitCode, sentence: string): Answer => ({ data, text: `${taskId}: ${sentence}`, exitCode: code })
  const what = valid ? 'valid' : 'invalid'
  switch (outcome.kind) {
    case 'delivered': {
      const attempts = outcome.attempts > 1 ? ` at attempt ${outcome.attempts}` : ''
      if (outcome.by === 'recorded') return told(exitCode.done, `the API recorded it as ${what}${attempts}.`)
      if (outcome.by === 'confirmed')
        return told(exitCode.done, `the API has it as ${what}; an earlier answer was lost.`)
      return told(exitCode.done, 'the API already had feedback for this task; the first one stands.')
    }
    case 'dead':
      return told(exitCode.lost, `${adviceOnDead(outcome.reason)} (${outcome.reason}).`)
    case 'expired':
      return told(exitCode.lost, 'too late: its 24 hours are over.')
    case 'conflict':
      return told(
        exitCode.lost,
        `it was already reported as ${valid ? 'invalid' : 'valid'}, and the first decision stands.`,
      )
    case 'key-rejected':
      return told(exitCode.key, `the API refuses the key (${outcome.detail}). ${keptForKey}`)
    default:
      return told(exitCode.waiting, `not delivered yet (${trouble}). ${kept}`)
  }
}
