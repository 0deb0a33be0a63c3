import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { accountOf } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { type Answer, answering } from '../answer.ts'
import { troubleOf, watchAPI } from '../api-watch.ts'
import { exitCode } from '../exit-code.ts'
import { clientKey, type GlobalOptions, openOutbox, outboxPath, settingsOf } from '../settings.ts'
import { number } from '../words.ts'
import { positive, wholeNumber } from './number-option.ts'
import { showProgress } from './progress.ts'

interface FlushOptions {
  /** Seconds. */
  readonly timeout: number
  readonly perMinute?: number
  readonly burst?: number
}

/** In seconds: by then everything has ended in one way or the other. */
const wholeLife = 24 * 60 * 60

export function addFlush(program: Command): void {
  program
    .command('flush')
    .description('deliver what is pending for the key, and wait for it')
    .addOption(
      new Option('--timeout <seconds>', 'stop waiting after so long')
        .argParser(positive)
        .default(wholeLife, 'when all is delivered'),
    )
    .addOption(new Option('--per-minute <count>', 'how fast, all processes together (default: 10)').argParser(positive))
    .addOption(
      new Option('--burst <count>', 'how many at once after a quiet time (default: 10)').argParser(wholeNumber),
    )
    .action(answering(flush))
}

async function flush({ timeout, ...options }: FlushOptions & GlobalOptions): Promise<Answer> {
  const { pace: usual, baseURL } = settingsOf(options)
  const pace = { perMinute: options.perMinute ?? usual.perMinute, burst: options.burst ?? usual.burst }
  using file = openOutbox(options)
  const key = await clientKey()
  const account = accountOf(key, baseURL)
  const left = () => pendingOf(account)
  const pendingOf = (account: string) =>
    file.status({ now: Date.now(), pace }).find((status) => status.account === account)?.counts.pending ?? 0

  const api = watchAPI()
  const feedback = createRegotchaFeedback({
    clientKey: key,
    outbox: { file: outboxPath(options) },
    pace,
    fetch: api.fetch,
  })
  const ended = { delivered: 0, dead: 0, expired: 0 }
  const cut = Promise.withResolvers<'interrupted' | 'refused'>()
  const interrupt = () => cut.resolve('interrupted')
  feedback.on('delivered', () => ended.delivered++)
  feedback.on('failed', (failure) => {
    if (failure.kind === 'dead' || failure.kind === 'expired') ended[failure.kind]++
    if (failure.kind === 'key-rejected') cut.resolve('refused')
    if (failure.kind === 'outbox') process.stderr.write(`${failure.detail}\n`)
  })
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const stop = showProgress({ left, pace, trouble: () => troubleOf(api.last()) })
  try {
    const why = await Promise.race([
      cut.promise,
      feedback.flush({ timeout: timeout * 1000 }).then(() => 'time' as const),
    ])
    await feedback.close({ timeout: 1 })
    return answer(why, { ...ended, pending: left() }, troubleOf(api.last()))
  } finally {
    stop()
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

interface Result {
  readonly delivered: number
  readonly dead: number
  readonly expired: number
  readonly pending: number
}

function answer(why: 'interrupted' | 'refused' | 'time', result: Result, trouble: string | undefined): Answer {
  const { delivered, dead, expired, pending } = result
  const counts = [
    `${number(delivered)} delivered`,
    dead > 0 && `${number(dead)} refused for good`,
    expired > 0 && `${number(expired)} expired`,
    `${number(pending)} pending`,
  ]
  const notes = [
    why === 'refused' && 'The API refuses the key; everything is kept. `regotcha-feedback doctor` says more.',
    pending > 0 && trouble && `${trouble[0]?.toUpperCase()}${trouble.slice(1)}.`,
    dead > 0 && '`regotcha-feedback list --state dead` says why.',
  ]
  const text = [`${counts.filter(Boolean).join(', ')}.`, ...notes.filter(Boolean)].join('\n')
  return { data: { ...result, ...(trouble && pending > 0 && { trouble }) }, text, exitCode: codeOf(why, result) }
}

function codeOf(why: string, { dead, expired, pending }: Result) {
  if (pending > 0 && why === 'interrupted') return exitCode.interrupted
  if (why === 'refused') return exitCode.key
  if (dead + expired > 0) return exitCode.lost
  return pending > 0 ? exitCode.waiting : exitCode.done
}
