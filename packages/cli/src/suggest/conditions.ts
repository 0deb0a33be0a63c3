/** The conditions that one piece of evidence meets, as a person would write them, the most robust first. */
import { type Combinator, header, status, text, url } from '@regotcha-feedback/core'
import { headerOf } from '../explain/exchange.ts'
import { isReason, jsonConditions } from './json-conditions.ts'
import type { SeenVisit, Sight } from './sights.ts'
import { isSteady, type Typed } from './steady.ts'
import type { Text } from './texts.ts'

export interface Condition {
  /** The same predicate as TypeScript. */
  readonly code: string
  /** The names that the code imports from the core package. */
  readonly uses: readonly string[]
  readonly predicate: Combinator
  /** A lower rank means that the condition is more likely to survive a change of the site. */
  readonly rank: number
  /** It names a reason, such as an error code. That says more than a flag, which every refusal has. */
  readonly isReason?: boolean | undefined
  /** Any other refusal may have it as well: a page's status, the URL of a form with an error. */
  readonly isAnyRefusals?: boolean | undefined
  /** It is a text in a place where pages show errors. */
  readonly isError?: boolean | undefined
}

/** A condition whose predicate is not made yet: most are met on many visits, and one predicate is enough. */
export interface Proposal extends Omit<Condition, 'predicate'> {
  readonly predicate: () => Combinator
}

/** By URL, JSON field, distinct status, sentence, header or cookie. */
export const ranks = {
  url: 0,
  query: 10,
  json: 20,
  status: 30,
  text: 40,
  header: 50,
  cookie: 60,
  plainStatus: 70,
} as const

/** @param formAt - the form's URL: a page at the same URL shows nothing. */
export function conditionsOf(
  sight: Sight,
  { typed, formAt }: Pick<SeenVisit, 'typed' | 'formAt'>,
): readonly Proposal[] {
  return [
    ...urlConditions(sight, typed, formAt),
    ...jsonConditions(sight.body?.data, typed).map((found) => ({ ...found, rank: ranks.json + found.rank })),
    ...statusConditions(sight),
    ...(sight.body?.texts() ?? []).flatMap((found) => textConditions(found, sight.isRefusingAlert, typed)),
    ...headerConditions(sight, typed),
  ]
}

/** A call's URL is known before its answer. The URL of a navigation or redirect is not. */
function urlConditions({ url: seen, kind, isSubmission }: Sight, typed: Typed, formAt: string): readonly Proposal[] {
  const { origin, pathname, searchParams } = new URL(seen)
  if (origin === 'null') return [urlCondition(`${seen.split(':')[0]}://**`, ranks.url)]
  const segments = pathname.split('/').map((segment) => (segment === '' || isSteady(segment, typed) ? segment : '*'))
  const isElsewhere = seen.split(/[?#]/, 1)[0] !== formAt
  const order = kind === 'navigation' ? 0 : isSubmission ? 2 : 1
  const queries = [...searchParams].flatMap(([name, value]) => {
    if (!isSteady(name, typed)) return []
    const isWord = /^[a-z][\w-]{0,30}$|^\d$/i.test(value) && isSteady(value, typed)
    const source = `[?&]${escaped(name)}=${isWord ? `${escaped(value)}(?:[&#]|$)` : ''}`
    return regExpUrl(source, ranks.query + order, isWord && isReason(value))
  })
  return [...(isElsewhere ? pathConditions(origin, segments, ranks.url + order) : []), ...queries]
}

/** The common pattern of two visits' paths, which may differ in parts, such as by user. */
export function commonPath(one: Sight, other: Sight): readonly Proposal[] {
  const [a, b] = [new URL(one.url), new URL(other.url)]
  const [ours, theirs] = [a.pathname.split('/'), b.pathname.split('/')]
  if (a.origin !== b.origin || a.pathname === b.pathname || ours.length !== theirs.length) return []
  const segments = ours.map((segment, index) => (segment === theirs[index] && isSteady(segment, []) ? segment : '*'))
  return segments.some((segment) => segment !== '' && segment !== '*')
    ? pathConditions(a.origin, segments, ranks.url + 0.5)
    : []
}

function pathConditions(origin: string, segments: readonly string[], rank: number): readonly Proposal[] {
  const isNamed = segments.some((segment) => segment !== '' && segment !== '*')
  const glob = isNamed ? `**${segments.join('/')}` : `${origin}${segments.join('/')}`
  return /[{}?\\[\]]/.test(glob) ? [] : [urlCondition(glob, rank)]
}

const urlCondition = (glob: string, rank: number): Proposal => ({
  isAnyRefusals: true,
  code: `url(${quoted(glob)})`,
  uses: ['url'],
  predicate: () => url(glob),
  rank,
})

const regExpUrl = (source: string, rank: number, isReason: boolean): Proposal => ({
  isReason,
  isAnyRefusals: !isReason,
  code: `url(${new RegExp(source)})`,
  uses: ['url'],
  predicate: () => url(new RegExp(source)),
  rank,
})

/** Many pages and redirects have 200 and 302, whatever they show. For a call, 200 counts if nothing else does. */
function statusConditions({ status: seen, resourceType }: Sight): readonly Proposal[] {
  const isCall = resourceType !== 'document'
  if (seen === undefined || (seen === 200 && !isCall) || (seen >= 300 && seen < 400)) return []
  const rank = seen === 200 ? ranks.plainStatus : ranks.status
  const isAnyRefusals = !isCall && ofForms.has(seen)
  return [{ code: `status(${seen})`, uses: ['status'], predicate: () => status(seen), rank, isAnyRefusals }]
}

/** Statuses that frameworks use for a form with any error, such as a wrong password. */
const ofForms = new Set([400, 401, 409, 422])

function textConditions({ text: found, weight, isError }: Text, isReason: boolean, typed: Typed): readonly Proposal[] {
  if (!isSteady(found, typed)) return []
  const told = { code: `text(${quoted(found)})`, uses: ['text'], predicate: () => text(found) }
  return [{ ...told, rank: ranks.text + weight, isReason, isError }]
}

function headerConditions({ headers }: Sight, typed: Typed): readonly Proposal[] {
  const found: Proposal[] = []
  const add = (name: string, source: string, rank: number) => {
    const pattern = new RegExp(source, 'm')
    found.push({
      code: `header(${quoted(name)}, ${pattern})`,
      uses: ['header'],
      predicate: () => header(name, pattern),
      rank,
    })
  }
  const [type = ''] = headerOf(headers, 'content-type').split(';')
  if (/^[\w.+-]+\/[\w.+-]+$/.test(type)) add('content-type', `^${escaped(type)}`, ranks.header)
  if (/^attachment/i.test(headerOf(headers, 'content-disposition')))
    add('content-disposition', '^attachment', ranks.header)
  for (const line of cookiesOf(headers)) {
    const [, name = '', value = ''] = /^([^=;\s]+)=([^;\s]+)/.exec(line) ?? []
    // A cookie is deleted by setting an expiry in the past.
    const isDeleted = /max-age=0\b|expires=\w+, ?\d\d[ -]jan[ -]1970/i.test(line)
    if (name === '' || isDeleted || /\d{3}|[\da-f]{8}/i.test(name)) continue
    add('set-cookie', `^${escaped(name)}=[^;\\s]`, ranks.cookie)
    if (/^[a-z_-]{2,20}$/i.test(value) && isSteady(value, typed))
      add('set-cookie', `^${escaped(name)}=${escaped(value)}(?:;|$)`, ranks.cookie + 1)
  }
  return found
}

export function cookiesOf(headers: Sight['headers']): readonly string[] {
  try {
    return headerOf(headers, 'set-cookie').split('\n')
  } catch {
    return [] // the recorder omitted all cookies
  }
}

/** Quotes a string as our formatter does. */
export const quoted = (value: string) =>
  value.includes("'") && !value.includes('"') ? JSON.stringify(value) : `'${value.replace(/[\\']/g, '\\$&')}'`

const escaped = (value: string) => value.replace(/[.*+?^$()|[\]\\{}/]/g, '\\$&')
