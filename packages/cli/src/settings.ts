/** Key, outbox and API address of a command: from the environment, as in the library. */
import type { RegotchaFeedbackOptions } from '@regotcha-feedback/core'
import { checkOptions, feedbackOptions } from '@regotcha-feedback/core/adapter'
import { accountOf, type OutboxFile, openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { CommandError, exitCode } from './exit-code.ts'

/** Options of every command. */
export interface GlobalOptions {
  readonly outbox?: string
  readonly json?: true
}

type Settings = ReturnType<typeof feedbackOptions.parse>

const variable = 'REGOTCHA_CLIENT_KEY'

/** The library's options, checked and with defaults. No key is required, because most commands don't need one. */
export function settingsOf({ outbox }: GlobalOptions): Settings {
  const options: RegotchaFeedbackOptions = { dryRun: true, ...(outbox && { outbox: { file: outbox } }) }
  return checkOptions('regotcha-feedback', feedbackOptions, options)
}

/** The path of the outbox file. */
export function outboxPath(options: GlobalOptions): string {
  const { outbox } = settingsOf(options)
  if (typeof outbox === 'object' && 'file' in outbox) return outbox.file
  throw new CommandError(
    exitCode.usage,
    'REGOTCHA_OUTBOX is "memory", and an outbox in memory cannot be read from another process: pass a file with --outbox',
  )
}

export const openOutbox = (options: GlobalOptions): OutboxFile => openOutboxFile(outboxPath(options))

/** The fingerprint of the key in the environment, if there is one. */
export function ownAccount(): string | undefined {
  const { clientKey, baseURL } = settingsOf({})
  return clientKey && accountOf(clientKey, baseURL)
}

/**
 * From the environment or a prompt on a terminal; never from an argument, because `ps` shows arguments to everybody.
 */
export async function clientKey(): Promise<string> {
  const { clientKey: given } = settingsOf({})
  if (given) return given
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError(exitCode.usage, `no API key: set ${variable} (there is no terminal to prompt for it)`)
  }
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({
    message: 'API key',
    output: process.stderr,
    validate: (key) => (key?.trim() ? undefined : `Paste the key, or end with Ctrl-C and set ${variable}`),
  })
  if (isCancel(answer)) throw new CommandError(exitCode.interrupted, 'no API key given')
  return answer.trim()
}
