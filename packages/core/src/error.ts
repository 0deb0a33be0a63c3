/** What every error thrown by this library is. None is ever thrown after a call was accepted: see {@link OptionError}. */
export class RegotchaFeedbackError extends Error {
  override readonly name: string = 'RegotchaFeedbackError'
}

/** The caller passed something wrong; thrown at once, saying which option, what was expected and what came. */
export class OptionError extends RegotchaFeedbackError {
  override readonly name = 'OptionError'
}
