import { captchaAgain, captchaRefused } from './captcha.ts'
import { cookie, header, json, status, text, url, visible } from './combinators.ts'
import { all, any, not } from './composition.ts'

/**
 * All combinators in one object, for code where a name is taken: a predicate `({ url }) => …` shadows the import `url`.
 * @example
 * withRegotchaFeedback(page, taskId, { token, acceptedWhen: when.url('**\/dashboard') })
 */
export const when = { all, any, captchaAgain, captchaRefused, cookie, header, json, not, status, text, url, visible }
