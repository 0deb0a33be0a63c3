/** The base of every error that this library throws. */
export class RegotchaFeedbackError extends Error {
  override readonly name: string = 'RegotchaFeedbackError'
}

/**
 * The caller passed a wrong option. Thrown at once; the message says which option, what was expected and what it got.
 */
export class OptionError extends RegotchaFeedbackError {
  override readonly name = 'OptionError'
}
