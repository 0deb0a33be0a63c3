/** Numbers and times for people. */

const whole = new Intl.NumberFormat('en')
const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })

export const number = (value: number) => whole.format(value)

/** Enough of an account's fingerprint to tell it from others. */
export const shortened = (account: string) => account.slice(0, 8)

/** 100 % and 0 % only if exact: 99.96 % is shown as 99.9 %. */
export function percent(part: number | undefined): string {
  if (part === undefined) return '–'
  const rounded = Math.round(part * 100)
  if ((rounded === 100 && part < 1) || (rounded === 0 && part > 0))
    return `${Math.min(99.9, Math.max(0.1, Math.round(part * 1000) / 10))} %`
  return `${rounded} %`
}

export const plural = (count: number, one: string, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`

const units = [
  [1000, 'ms', 1],
  [60_000, 's', 1000],
  [3_600_000, 'min', 60_000],
  [48 * 3_600_000, 'h', 3_600_000],
  [Number.POSITIVE_INFINITY, 'days', 24 * 3_600_000],
] as const

/** A duration in one suitable unit: `820 ms`, `4.2 s`, `17 min`. */
export function duration(ms: number): string {
  const [, unit, size] = units.find(([below]) => Math.round(ms) < below) ?? units[4]
  const value = ms / size
  return `${value < 10 ? rough.format(value) : Math.round(value)} ${unit}`
}

const format = (options: Intl.DateTimeFormatOptions) => {
  const { format } = new Intl.DateTimeFormat('en-GB', options)
  return (at: number) => format(at)
}

export const clockTime = format({ hour: '2-digit', minute: '2-digit' })
export const weekday = format({ weekday: 'short', day: 'numeric', month: 'short' })
export const dayOfMonth = format({ day: 'numeric', month: 'short' })
export const date = format({ day: 'numeric', month: 'long', year: 'numeric' })
export const moment = format({ dateStyle: 'medium', timeStyle: 'short' })
