/**
 * Ready-made predicates, the same for every browser library. One that can't read its evidence has no opinion: neither
 * it nor its negation holds.
 */

import { OptionError } from '../error.ts'
import { describe } from '../options.ts'
import { type CookiePage, cookiesOf, isAmong, isSentTo } from '../page/cookies.ts'
import { type Evidence, EvidenceError } from './evidence.ts'
import { type Predicate, type Reasoning, reasoning, type Said } from './predicate.ts'
import { aUrlPattern, isUrlPattern, matches, type UrlPattern, urlPattern } from './url-pattern.ts'

/** A predicate with a description, which a verdict's `why` shows. */
export interface Combinator {
  // biome-ignore lint/suspicious/noExplicitAny: it takes the evidence and the page of any library
  (evidence: Evidence<any>, page: any): boolean | Promise<boolean>
  readonly description: string
}

/** Makes a copy of the predicate for one page, which ignores what the browser has now. */
// biome-ignore lint/suspicious/noExplicitAny: the page of any library
type Since = (page: any) => Combinator

// biome-ignore lint/suspicious/noExplicitAny: see Combinator
export type AnyPredicate = Predicate<any>

/** A schema of zod, valibot, arktype, …: https://standardschema.dev */
interface StandardSchema {
  readonly '~standard': {
    readonly vendor: string
    validate(value: unknown): { readonly issues?: unknown } | Promise<{ readonly issues?: unknown }>
  }
}

function isStandardSchema(value: unknown): boolean {
  const standard = (value as Partial<StandardSchema> | undefined)?.['~standard']
  return typeof standard?.validate === 'function'
}

interface Parts {
  readonly since?: Since | undefined
  /** Why the predicate alone can't tell an acceptance from a refusal. */
  readonly weakness?: string | undefined
}

export function combinator(description: string, ask: Reasoning, { since, weakness }: Parts = {}): Combinator {
  const plain = (said: Said) => (typeof said === 'object' ? said.said : said)
  const predicate = (evidence: Evidence, page: unknown) => {
    const said = ask(evidence, page)
    return said instanceof Promise ? said.then(plain) : plain(said)
  }
  return Object.assign(predicate, {
    description,
    [reasoning]: ask,
    ...(since && { since }),
    ...(weakness && { weakness }),
  })
}

/** Why a predicate alone can't tell an acceptance from a refusal. `undefined` if it can, or is a user's function. */
export const weaknessOf = (predicate: object): string | undefined => (predicate as Parts).weakness

/** The predicate for one page from now on. What the browser already has, such as a cookie, does not count. */
export const sinceNow = (predicate: AnyPredicate, page: unknown): AnyPredicate =>
  (predicate as { since?: Since }).since?.(page) ?? predicate

export function expectArgument(name: string, isRight: boolean, expected: string, value: unknown): void {
  if (!isRight) throw new OptionError(`${name}: expected ${expected}, got ${describe(value)}`)
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''

function expectValue(name: string, value: unknown): void {
  const isRight = value === undefined || typeof value === 'string' || value instanceof RegExp
  expectArgument(name, isRight, 'a value that is a string or a RegExp', value)
}

/** The status is this one, or in this class: `status(201)`, `status('2xx')`. */
export function status(expected: number | `${1 | 2 | 3 | 4 | 5}xx`): Combinator {
  const isRight =
    typeof expected === 'number'
      ? expected >= 100 && expected < 600 && Number.isInteger(expected)
      : /^[1-5]xx$/.test(expected)
  expectArgument('status', isRight, "a status such as 200 or '2xx'", expected)
  const name = `status(${expected})`
  const weakness = /^2/.test(String(expected))
    ? `${name} also holds where a form is shown again with an error`
    : undefined
  return combinator(
    name,
    ({ status }) => {
      if (status === undefined) throw new EvidenceError('absent', 'a navigation within its document has no status')
      return typeof expected === 'number' ? status === expected : Math.floor(status / 100) === Number(expected[0])
    },
    { weakness },
  )
}

/**
 * The URL matches, see {@link UrlPattern}. A glob ignores the query and the fragment unless it has one itself. The URL
 * the token was posted to does not count by itself; `url()` then waits for the page to navigate there.
 * @throws {OptionError} if the pattern can match no URL, such as `'/dashboard'`.
 */
export function url(expected: UrlPattern): Combinator {
  expectArgument('url', isUrlPattern(expected), aUrlPattern, expected)
  const isMatch = urlPattern(expected)
  return combinator(`url(${typeof expected === 'function' ? 'function' : expected})`, ({ url }) => isMatch(url))
}

/** The body contains this text, or matches this RegExp. */
export function text(expected: string | RegExp): Combinator {
  expectArgument('text', isText(expected) || expected instanceof RegExp, 'a text or a RegExp', expected)
  return combinator(`text(${expected})`, async ({ text }) => {
    const body = await text()
    return typeof expected === 'string' ? body.includes(expected) : matches(expected, body)
  })
}

/** The body is JSON that this schema accepts: zod, valibot, arktype or any other Standard Schema. */
export function json(schema: StandardSchema): Combinator {
  expectArgument('json', isStandardSchema(schema), 'a Standard Schema, such as one of zod', schema)
  return combinator(`json(${schema['~standard'].vendor} schema)`, async ({ json }) => {
    const { issues } = await schema['~standard'].validate(await json())
    return issues === undefined
  })
}

/** The response has this header, with this value if one is given. */
export function header(name: string, expected?: string | RegExp): Combinator {
  expectArgument('header', isText(name), "a header's name", name)
  expectValue('header', expected)
  return combinator(`header(${named(name, expected)})`, ({ headers }) => is(headers[name.toLowerCase()], expected))
}

const named = (name: string, expected: string | RegExp | undefined) =>
  expected === undefined ? name : `${name}, ${expected}`

function is(value: string | undefined, expected: string | RegExp | undefined): boolean {
  if (value === undefined || expected === undefined) return value !== undefined
  return typeof expected === 'string' ? value === expected : matches(expected, value)
}

/**
 * The browser has this cookie for the evidence's URL, with this value if one is given. It asks the browser, not the
 * page. It has no opinion on a cookie that the browser already had when the watch was armed (with `sites`: at the
 * submission), unless it was set again. Many sites give every visitor a session cookie: check its value.
 */
export function cookie(name: string, expected?: string | RegExp): Combinator {
  expectArgument('cookie', isText(name), "a cookie's name", name)
  expectValue('cookie', expected)
  const description = `cookie(${named(name, expected)})`
  const isAsked = (cookie: { readonly name: string; readonly value: string }) =>
    cookie.name === name && cookie.value !== '' && is(cookie.value, expected)
  const ask =
    (before?: ReturnType<typeof cookiesOf>): AnyPredicate =>
    async ({ url }, page: CookiePage) => {
      const cookies = await readingPage(() => cookiesOf(page))
      const found = cookies.filter((cookie) => isAsked(cookie) && isSentTo(cookie, url))
      const known = (await before) ?? []
      if (found.length > 0 && found.every((cookie) => isAmong(cookie, known)))
        throw new EvidenceError('lost', 'the browser had this cookie before')
      return found.length > 0
    }
  const since = (page: CookiePage) => combinator(description, ask(cookiesOf(page).catch(() => [])))
  return combinator(description, ask(), { since })
}

interface SelectingPage {
  waitForSelector(selector: string, options: object): Promise<unknown>
}

/** This element is visible, or becomes so within `timeout` ms (default: 2,000). It queries the page. */
export function visible(selector: string, { timeout = 2_000 }: { readonly timeout?: number } = {}): Combinator {
  expectArgument('visible', isText(selector), 'a selector', selector)
  expectArgument('visible', timeout > 0, 'a `timeout` that is a positive number of ms', timeout)
  return combinator(`visible(${selector})`, (_, page: SelectingPage) =>
    readingPage(async () => {
      try {
        // Playwright reads `state`, Puppeteer reads `visible`.
        await page.waitForSelector(selector, { state: 'visible', visible: true, timeout })
        return true
      } catch (error) {
        if (error instanceof Error && error.name === 'TimeoutError') return false
        throw error
      }
    }),
  )
}

/** A combinator's description; `undefined` for a user's function. */
export function descriptionOf(predicate: object): string | undefined {
  return 'description' in Object(predicate) ? String((predicate as Combinator).description) : undefined
}

/** Turns an error of the page into an {@link EvidenceError}, so that the predicate has no opinion. */
async function readingPage<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause
    throw new EvidenceError('lost', 'the page could not be asked', { cause })
  }
}
