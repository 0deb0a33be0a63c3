import type { AccountStatus } from '@regotcha-feedback/core/outbox-file'
import type { Command } from 'commander'
import { answering, styled, table } from '../answer.ts'
import { type GlobalOptions, openOutbox, outboxPath, ownAccount, settingsOf } from '../settings.ts'
import { duration, moment, number, shortened } from '../words.ts'

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('show what is pending, what is stuck, the oldest deadline, and the pace that is left')
    .action(answering(status))
}

interface Account extends AccountStatus {
  /** Whether it belongs to the key in the environment. */
  readonly isOwn: boolean
}

function status(options: GlobalOptions) {
  const now = Date.now()
  const { pace } = settingsOf(options)
  const own = ownAccount()
  using file = openOutbox(options)
  const accounts = file.status({ now, pace }).map((account) => ({ ...account, isOwn: account.account === own }))
  const path = outboxPath(options)
  const blocks = accounts.map((account) => describe(account, now, pace.burst))
  const text = [styled('dim', path), ...(blocks.length > 0 ? blocks : ['There is no feedback yet.'])].join('\n\n')
  return { data: { file: path, pace, accounts }, text }
}

function describe(account: Account, now: number, burst: number): string {
  const { counts, oldestDeadline, pausedUntil, paceLeft } = account
  const hint = (count: number, command: string) => (count > 0 ? styled('dim', `regotcha-feedback ${command}`) : '')
  const deadline = oldestDeadline !== undefined && [
    'first deadline',
    inTime(oldestDeadline - now),
    styled('dim', moment(oldestDeadline)),
  ]
  const paused = pausedUntil !== undefined && `the API asked to wait for another ${duration(pausedUntil - now)}`
  const rows = [
    ['pending', number(counts.pending), hint(counts.pending, 'flush')],
    ['held', number(counts.held), hint(counts.held, 'held')],
    ['dead', number(counts.dead), hint(counts.dead, 'list --state dead')],
    ['delivered', number(counts.delivered), ''],
    ['expired', number(counts.expired), ''],
    ['dropped', number(counts.dropped), ''],
    counts.conflict > 0 && ['conflict', number(counts.conflict), 'another machine decided differently first'],
    ['pace left', number(paceLeft), paused || styled('dim', `of ${number(burst)}`)],
    deadline,
  ].filter((row) => row !== false)
  const yours = account.isOwn ? ' (the key in the environment)' : ''
  return `${styled('bold', `account ${shortened(account.account)}`)}${styled('dim', yours)}\n${table(rows, [1])}`
}

const inTime = (ms: number) => (ms > 0 ? `in ${duration(ms)}` : 'passed')
