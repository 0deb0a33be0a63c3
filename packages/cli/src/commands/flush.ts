import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { accountOf } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { type Answer, answering } from '../answer.ts'
import { exitCode } from '../exit-code.ts'
import { clientKey, type GlobalOptions, openOutbox, outboxPath, settingsOf } from '../settings.ts'
import { number } from '../words.ts'
import { positive, wholeNumber } from './number-option.ts'
import { obstaclesOf } from './obstacles.ts'
import { showProgress } from './progress.ts'

interface FlushOptions {
  /** Seconds. */
  readonly timeout: number
  readonly perMinute?: number
  readonly burst?: number
}

/** In seconds: by then every feedback has been delivered or has expired. */
const wholeLife = 24 * 60 * 60

export function addFlush(program: Command): void {
  program
    .command('flush')
    .description('deliver all pending feedback of the key, and wait for it')
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait')
        .argParser(positive)
        .default(wholeLife, 'until all is delivered'),
    )
    .addOption(
      new Option('--per-minute <count>', 'how fast to send, all processes together (default: 4)').argParser(positive),
    )
    .addOption(
      new Option('--burst <count>', 'how many to send at once after a pause (default: 2)').argParser(wholeNumber),
    )
    .action(answering(flush))
}

async function flush({ timeout, ...options }: FlushOptions & GlobalOptions): Promise<Answer> {
  const { pace: usual, baseURL } = settingsOf(options)
  const pace = { perMinute: options.perMinute ?? usual.perMinute, burst: options.burst ?? usual.burst }
  using file = openOutbox(options)
  const key = await clientKey()
  const account = accountOf(key, baseURL)
  const pending = (isMeant: (account: string) => boolean) =>
    file
      .status({ now: Date.now(), pace })
      .reduce((total, { account, counts }) => total + (isMeant(account) ? counts.pending : 0), 0)
  const left = () => pending((each) => each === account)

  const feedback = createRegotchaFeedback({ clientKey: key, outbox: { file: outboxPath(options) }, pace })
  const ended = { delivered: 0, dead: 0, expired: 0 }
  const { refused, trouble } = obstaclesOf(feedback)
  const interruption = Promise.withResolvers<'interrupted'>()
  feedback.on('delivered', () => ended.delivered++)
  feedback.on('failed', (failure) => {
    if (failure.kind === 'dead' || failure.kind === 'expired') ended[failure.kind]++
  })
  const interrupt = () => interruption.resolve('interrupted')
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)

  const stop = showProgress({ left, pace, trouble })
  const waited = feedback.flush({ timeout: timeout * 1000 }).then(() => 'waited' as const)
  const why = await Promise.race([interruption.promise, refused.then(() => 'refused' as const), waited])
  await feedback.close({ timeout: 1 })
  stop()
  return answer(why, {
    ...ended,
    pending: left(),
    ofOtherKeys: pending((each) => each !== account),
    trouble: trouble(),
  })
}

interface Result {
  readonly delivered: number
  readonly dead: number
  readonly expired: number
  readonly pending: number
  /** How many are pending for other keys, and so not delivered now. */
  readonly ofOtherKeys: number
  /** How the last attempt failed, if its feedback is still pending. */
  readonly trouble: string | undefined
}

function answer(why: 'interrupted' | 'refused' | 'waited', result: Result): Answer {
  const { delivered, dead, expired, pending, ofOtherKeys, trouble } = result
  const counts = [
    `${number(delivered)} delivered`,
    dead > 0 && `${number(dead)} refused permanently`,
    expired > 0 && `${number(expired)} expired`,
    `${number(pending)} pending`,
  ]
  const notes = [
    why === 'refused' && 'The API refuses the key; all feedback is kept. Run `regotcha-feedback doctor`.',
    why !== 'refused' && pending > 0 && trouble && `The last attempt failed: ${trouble}.`,
    dead > 0 && '`regotcha-feedback list --state dead` shows why.',
    ofOtherKeys > 0 && `${number(ofOtherKeys)} pending for other keys: see \`regotcha-feedback status\`.`,
  ]
  const isIdle = delivered + dead + expired + pending === 0
  const first = isIdle ? 'Nothing was pending.' : `${counts.filter(Boolean).join(', ')}.`
  return { data: result, text: [first, ...notes.filter(Boolean)].join('\n'), exitCode: codeOf(why, result) }
}

function codeOf(why: 'interrupted' | 'refused' | 'waited', { dead, expired, pending }: Result) {
  if (why === 'refused') return exitCode.key
  if (why === 'interrupted' && pending > 0) return exitCode.interrupted
  if (dead + expired > 0) return exitCode.lost
  return pending > 0 ? exitCode.waiting : exitCode.done
}
