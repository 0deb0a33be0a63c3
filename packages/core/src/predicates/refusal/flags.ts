/** What a value in JSON says about the outcome by itself. */

import { isCaptchasName } from './message.ts'
import { captchaField } from './visible-text.ts'

/** An object that also has the message for success lists messages for later use. */
export const isWordOfSuccess = (key: string, value: unknown) =>
  /success|(?<!in)valid$/i.test(key) && typeof value === 'string' && !/^(?:true|false|\d*)$/i.test(value)

export const isFailure = (key: string, value: unknown) =>
  (/^(?:success|ok|valid|succeeded|is_?success|is_?valid)$/i.test(key) &&
    (value === false || value === 0 || value === 'false')) ||
  (/^(?:error|is_?error|has_?errors?|failed)$/i.test(key) && value === true) ||
  (/^(?:status|result|state|level|type|severity|kind|outcome)$/i.test(key) &&
    /^(?:err|error|fail|failed|failure|danger|invalid|validation_failed|mail_failed|spam|ng)$/i.test(String(value))) ||
  (/^(?:status|status_?code|http_?status|code)$/i.test(key) && Number(value) >= 400 && Number(value) < 500)

export const isSuccess = (key: string, value: unknown) =>
  (/^(?:success|ok|valid|succeeded|is_?success|is_?valid)$/i.test(key) && /^(?:true|1)$/.test(String(value))) ||
  (/^(?:status|result|state|outcome)$/i.test(key) && /^(?:success|ok|passed|succeeded|mail_sent)$/i.test(String(value)))

/** Some APIs say this of failures, too, so only what such an answer returns is ignored. */
export const isCodeOfSuccess = (key: string, value: unknown) =>
  /^(?:code|errcode|errno|ret|ret_?code|status|status_?code|result_?code)$/i.test(key) &&
  /^(?:0+|200)$/.test(String(value))

/** `captchaValid: false`, `captcha: { success: false }`, and the flags of reCAPTCHA Enterprise and Arkose. */
export function isRefusingFlag(parent: string, key: string, value: unknown): boolean {
  if (key === 'invalidReason')
    return /^(?:MALFORMED|EXPIRED|DUPE|BROWSER_ERROR|UNKNOWN_INVALID_REASON)$/.test(String(value))
  if (value !== false) return false
  const isOfCaptcha = captchaField.test(key) || isCaptchasName(parent)
  return (
    (isOfCaptcha && /(?:(?<!in)valid|success|passed|(?<!in)correct)$/i.test(key)) ||
    (parent === 'session_details' && key === 'solved')
  )
}
