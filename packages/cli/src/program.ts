import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { styled } from './answer.ts'
import { addCheck } from './commands/check.ts'
import { addExplain } from './commands/explain.ts'
import { addFlush } from './commands/flush.ts'
import { addHeld } from './commands/held.ts'
import { addList } from './commands/list.ts'
import { addReport } from './commands/report.ts'
import { addRetry } from './commands/retry.ts'
import { addSend } from './commands/send.ts'
import { addStatus } from './commands/status.ts'
import { addSuggest } from './commands/suggest.ts'
import { addDoctor } from './doctor/doctor.ts'
import { CommandError, exitCode } from './exit-code.ts'
import { fail } from './failure.ts'

const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'))

/** Runs a command line. Errors become a sentence on stderr and an exit code, never an exception. */
export async function run(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endUnheard)
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    fail(error, argv.includes('--json'))
  }
}

/** EPIPE means that the reader is gone, as after `| head`: exit without an error. */
function endUnheard({ code }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit()
  fail(new CommandError(exitCode.failed, `the output cannot be written (${code})`), false)
  process.exit()
}

function createProgram(): Command {
  const program = new Command('regotcha-feedback')
    .description('Inspect and manage the feedback for your CAPTCHA tokens.')
    .version(version)
    .option('--outbox <file>', 'the outbox file (default: REGOTCHA_OUTBOX, else in the platform’s state directory)')
    .option('--json', 'print data instead of text')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // `fail` writes it
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => styled('bold', title) })
    .addHelpText(
      'after',
      `
Environment:
  REGOTCHA_CLIENT_KEY   the API key (or REGOTCHA_API_KEY); a command that needs it asks for it on a terminal
  REGOTCHA_OUTBOX       the outbox file
  REGOTCHA_BASE_URL     another API address
  NO_COLOR              turns colours off

Exit codes: 0 done, 1 negative result, 2 wrong usage, 3 outbox unusable, 4 not delivered yet, 5 never delivered,
6 key refused, 130 interrupted.`,
    )
  for (const add of [
    addSend,
    addStatus,
    addList,
    addFlush,
    addHeld,
    addRetry,
    addReport,
    addExplain,
    addSuggest,
    addCheck,
    addDoctor,
  ])
    add(program)
  return program
}
