/** Where a command finds the key, the outbox and the API: in the environment, as the library does. */
import type { RegotchaFeedbackOptions } from '@regotcha-feedback/core'
import { checkOptions, feedbackOptions } from '@regotcha-feedback/core/adapter'
import { accountOf, type OutboxFile, openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { CommandError, exitCode } from './exit-code.ts'

/** What every command takes. */
export interface GlobalOptions {
  readonly outbox?: string
  readonly json?: true
}

type Settings = ReturnType<typeof feedbackOptions.parse>

const variable = 'REGOTCHA_CLIENT_KEY'

/** The library's options, checked and completed; also without a key, which not every command needs. */
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
    'REGOTCHA_OUTBOX is "memory": such an outbox cannot be looked at from outside its process; name a file with --outbox',
  )
}

export const openOutbox = (options: GlobalOptions): OutboxFile => openOutboxFile(outboxPath(options))

/** The fingerprint of the key in the environment, if one is there. */
export function ownAccount(): string | undefined {
  const { clientKey, baseURL } = settingsOf({})
  return clientKey && accountOf(clientKey, baseURL)
}

/** From the environment, else asked for on a terminal; never an argument, which `ps` shows to everybody. */
export async function clientKey(): Promise<string> {
  const { clientKey: given } = settingsOf({})
  if (given) return given
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError(exitCode.usage, `no API key: set ${variable} (there is no terminal to ask for it on)`)
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
