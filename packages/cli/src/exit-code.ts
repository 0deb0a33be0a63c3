/** The exit codes, for scripts. docs/operating.md has the same table. */
export const exitCode = {
  done: 0,
  /** A negative result: a finding of `doctor`, a task that is not held, an internal error. */
  failed: 1,
  /** The command line, a setting or an input file is wrong, or the key is missing. */
  usage: 2,
  /** The outbox file is missing, locked, damaged or from a newer version. */
  outbox: 3,
  /** Not delivered yet; it is kept in the outbox. */
  waiting: 4,
  /** Never delivered: the API refused the feedback, it expired, or the task was decided differently before. */
  lost: 5,
  /** The API refuses the key; all feedback is kept. */
  key: 6,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Ends a command with a sentence for its user. */
export class CommandError extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
