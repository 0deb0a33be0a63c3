/** Finds refusals in the URL that an answer leads to. */

import { anywhere, codeIn, isCode, spokenIn } from './message.ts'
import { captchaField } from './visible-text.ts'

const urlErrorKey =
  /error|^err|[_-]err|fail|invalid|reject|^(?:e|reason|msg|message|alert|notice|flash|warning|code|status|result)$/i
const guide =
  /^(?:help|support|docs?|blog|faqs?|kb|articles?|questions?|hc|wiki|forums?|community|threads?|topics?|posts?|search|news|learn)$/i

/** What in such a URL refuses the captcha: `?error=captcha`, `#captcha_failed`, `/captcha-error`. */
export function refusalInUrl(url: string): string | undefined {
  const found = URL.parse(url)
  if (found === null) return undefined
  const segments = found.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(unescaped)
  const fragment = found.hash.slice(1)
  const [within = '', afterwards] = fragment.split('?', 2)
  const query = `${found.search.slice(1)}&${afterwards ?? (fragment.includes('=') ? fragment : '')}`
  for (const [key, value] of new URLSearchParams(query.replace(unset, ''))) {
    const says = inParameter(key, value)
    if (says !== undefined) return `URL: ${says}`
  }
  if (segments.some((segment) => guide.test(segment))) return undefined
  const paths = [segments.at(-1) ?? '', segments.slice(-2).join(' '), unescaped(within)]
  const says = paths
    .filter((path) => onlyRefusal.test(path))
    .map((path) => codeIn(path.replace(/\.\w{2,5}$/, '').replace(/\s/g, '-'), false))
    .find((found) => found !== undefined)
  return says === undefined ? undefined : `URL: ${says}`
}

/** A parameter without a value. One without `=` is a flag. */
const unset = /(?<![^&])[^&=]*=(?=&|$)/g

/** A path of only these words. A path with others is a page about them. */
const onlyRefusal =
  /^[/!]*(?:(?:re|h)?captcha|turnstile|error|errors|err|failed|failure|fail|invalid|incorrect|wrong|expired|rejected|denied|[-_. /])+?(?:\.\w{2,5})?$/i

function inParameter(key: string, value: string): string | undefined {
  if (urlErrorKey.test(key) && !captchaField.test(key)) {
    const text = value.replace(/\+/g, ' ')
    return isCode(text)
      ? codeIn(text, /error|^err|[_-]err|fail|invalid/i.test(key))
      : spokenIn(text, { ...anywhere, isKnown: () => false, readsCode: false })
  }
  if (!captchaField.test(key) || /^(?:0|false|no|none|null)$/i.test(value)) return undefined
  // `?captcha=failed`, `?captcha_error=1`
  if (/^(?:1|true|yes|)$/i.test(value)) return codeIn(key, false)
  return onlyRefusal.test(value) ? codeIn(`captcha-${value}`, false) : undefined
}

export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
