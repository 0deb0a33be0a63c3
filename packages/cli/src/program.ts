import { readFileSync } from 'node:fs'
import { OptionError } from '@regotcha-feedback/core'
import { OutboxFileError } from '@regotcha-feedback/core/outbox-file'
import { Command, CommanderError } from 'commander'
import { styled } from './answer.ts'
import { addExplain } from './commands/explain.ts'
import { addFlush } from './commands/flush.ts'
import { addHeld } from './commands/held.ts'
import { addList } from './commands/list.ts'
import { addReport } from './commands/report.ts'
import { addRetry } from './commands/retry.ts'
import { addSend } from './commands/send.ts'
import { addStatus } from './commands/status.ts'
import { addDoctor } from './doctor/doctor.ts'
import { CommandError, type ExitCode, exitCode } from './exit-code.ts'

const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'))

/** Runs a command line. What goes wrong is a sentence on stderr and an exit code, never an exception. */
export async function run(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endUnheard)
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    fail(error, argv.includes('--json'))
  }
}

/** Nobody reads on, as after `| head`: then there is nothing left to do, and nothing wrong. */
function endUnheard(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

function createProgram(): Command {
  const program = new Command('regotcha-feedback')
    .description('See and operate the feedback of your CAPTCHA tokens.')
    .version(version)
    .option('--outbox <file>', 'the outbox file (default: REGOTCHA_OUTBOX, else the platform’s place for state)')
    .option('--json', 'print data instead of text')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // `fail` writes it
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => styled('bold', title) })
    .addHelpText(
      'after',
      `
Environment:
  REGOTCHA_CLIENT_KEY   the API key; asked for on a terminal where a command needs it
  REGOTCHA_OUTBOX       the outbox file
  REGOTCHA_BASE_URL     another address of the API
  NO_COLOR              no colours on a terminal either

Exit codes: 0 done, 1 not as hoped, 2 wrong usage, 3 outbox unusable, 4 not delivered yet, 5 never delivered,
6 key refused, 130 interrupted.`,
    )
  for (const add of [addSend, addStatus, addList, addFlush, addHeld, addRetry, addReport, addExplain, addDoctor])
    add(program)
  return program
}

function fail(error: unknown, asJson: boolean): void {
  process.exitCode = codeOf(error)
  if (error instanceof CommanderError && isHelp(error)) return
  const message = sentenceOf(error)
  const label = styled('red', 'error:', process.stderr)
  const text = asJson ? JSON.stringify({ error: message, exitCode: process.exitCode }) : `${label} ${message}`
  process.stderr.write(`${text}\n`)
}

const isHelp = ({ code }: CommanderError) => code.startsWith('commander.help') || code === 'commander.version'

function codeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof OutboxFileError) return exitCode.outbox
  if (error instanceof OptionError) return exitCode.usage
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  return exitCode.failed
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '')
  if (error instanceof CommandError || error instanceof OutboxFileError || error instanceof OptionError) {
    return `${error.message}${adviceFor(error)}`
  }
  return `this should not have happened: ${error instanceof Error ? error.stack : String(error)}`
}

function adviceFor(error: Error): string {
  if (!(error instanceof OutboxFileError)) return ''
  switch (error.reason) {
    case 'absent':
      return '; nothing was decided yet on this machine, or it lies elsewhere: set REGOTCHA_OUTBOX or --outbox'
    case 'busy':
      return '; try again, or see which process has it open'
    case 'unfit':
      return '; `regotcha-feedback doctor` says what to do'
  }
}
