import { RegotchaFeedbackError } from '@regotcha-feedback/core'
import { OutboxFileError } from '@regotcha-feedback/core/outbox-file'
import { CommanderError } from 'commander'
import { styled } from './answer.ts'
import { CommandError, type ExitCode, exitCode } from './exit-code.ts'

/** Prints the error as a sentence on stderr, and sets the exit code. */
export function fail(error: unknown, asJson: boolean): void {
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
  if (error instanceof RegotchaFeedbackError) return exitCode.usage
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  return exitCode.failed
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '')
  if (error instanceof OutboxFileError) return `${error.message}; ${adviceOn[error.reason]}`
  if (error instanceof CommandError || error instanceof RegotchaFeedbackError) return error.message
  return `this should not have happened: ${error instanceof Error ? error.stack : String(error)}`
}

const doctor = 'run `regotcha-feedback doctor`'
const adviceOn = {
  absent: 'there is no feedback on this machine yet, or the file is elsewhere: set REGOTCHA_OUTBOX or --outbox',
  busy: 'try again, or find the process that has it open',
  damaged: doctor,
  unusable: doctor,
} as const
