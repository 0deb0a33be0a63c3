/** JSON fields that distinguish answers, as zod schemas. */
import { json } from '@regotcha-feedback/core'
import { z } from 'zod'
import type { Proposal } from './conditions.ts'
import { isSteady, type Typed } from './steady.ts'

/** An outcome is never deeper, or after more fields. */
const deepest = 5
const most = 200

interface Field {
  readonly path: readonly Step[]
  readonly code: string
  readonly schema: () => z.ZodType
  /** A flag is best, then a code, then the presence of a field. */
  readonly rank: number
  readonly isReason?: boolean
}

/** A step on the path to a field: a key, or "in each element of a list". */
type Step = string | typeof each
const each = Symbol('each')

export function jsonConditions(data: unknown, typed: Typed): readonly Proposal[] {
  const isAnyRefusals = saysOther(data)
  return fieldsOf(data, [], typed)
    .slice(0, most)
    .map(({ path, code, schema, rank, ...told }) => ({
      code: `json(${path.reduceRight(codeAround, code)})`,
      uses: ['json'],
      predicate: () => json(path.reduceRight(schemaAround, schema())),
      rank: rank + path.length / 10,
      isAnyRefusals,
      ...told,
    }))
}

const errorKey = /(?:message|msg|detail|reason|error|err|description)s?$/i

/** Whether it says in a sentence what went wrong, and not of the captcha: then a flag beside it is any refusal's. */
function saysOther(value: unknown, key = '', depth = 0): boolean {
  if (typeof value === 'string') return errorKey.test(key) && isOther(value)
  if (typeof value !== 'object' || value === null || depth >= deepest) return false
  return Object.entries(value).some(([name, inner]) => saysOther(inner, Array.isArray(value) ? key : name, depth + 1))
}

/** A sentence, but none that speaks of the captcha. */
const isOther = (text: string) =>
  /\p{L}\s+\p{L}|[^\p{ASCII}]{3}/u.test(text) && !/captcha|turnstile|robot|human/i.test(text)

const codeAround = (inner: string, step: Step) =>
  step === each ? `z.array(${inner}).nonempty()` : `z.object({ ${keyed(step)}: ${inner} })`
const schemaAround = (inner: z.ZodType, step: Step): z.ZodType =>
  step === each ? z.array(inner).nonempty() : z.object({ [step]: inner })

const keyed = (key: string) => (/^[a-z_$][\w$]*$/i.test(key) ? key : `'${key.replace(/[\\']/g, '\\$&')}'`)

function fieldsOf(value: unknown, path: readonly Step[], typed: Typed): readonly Field[] {
  const field = (code: string, schema: () => z.ZodType, rank: number): Field => ({ path, code, schema, rank })
  if (typeof value === 'boolean') return [field(`z.literal(${value})`, () => z.literal(value), 0)]
  if (value === null) return [field('z.null()', () => z.null(), 5)]
  if (typeof value === 'number') return isCode(keyOf(path), value) ? [literal(path, value, 1)] : []
  if (typeof value === 'string') return ofText(value, path, typed)
  if (Array.isArray(value)) {
    if (value.length === 0) return [field('z.array(z.unknown()).length(0)', () => z.array(z.unknown()).length(0), 4)]
    // The presence of list items says less than their content: `errors` also has items after a wrong password.
    const said = fieldsOf(value[0], [...path, each], typed).filter(({ code }) => code.startsWith('z.literal'))
    return [...said, field('z.array(z.unknown()).nonempty()', () => z.array(z.unknown()).nonempty(), 7)]
  }
  if (typeof value !== 'object' || path.length >= deepest) return []
  const entries = Object.entries(value).filter(([key]) => isSteady(key, []) && key.length <= 40)
  const own = path.length > 0 && entries.length > 0 ? [field('z.object({})', () => z.object({}), 3)] : []
  return [...own, ...entries.flatMap(([key, inner]) => fieldsOf(inner, [...path, key], typed))]
}

/** The last key; a list of codes has the list's key. */
const keyOf = (path: readonly Step[]) => path.findLast((step) => step !== each)

/** Whether a value says more than that something failed. */
export const isReason = (value: string | number) =>
  typeof value === 'number' ? Math.abs(value) >= 1000 : value.length > 1 && !anyFailure.test(value) && !isOther(value)

const anyFailure =
  /^(?:errors?|fail(?:ed|ure)?|invalid|true|false|no|ko|ng|danger|warning|bad.?request|forbidden|unauthori[sz]ed|\d+)$/i

const literal = (path: readonly Step[], value: string | number, rank: number): Field => ({
  path,
  isReason: isReason(value),
  code: `z.literal(${typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : value})`,
  schema: () => z.literal(value),
  rank,
})

const outcomeKey =
  /^(?:is|has)?_?(?:\w*status|state|result\w*|ret|outcome|\w*code|type|kind|error\w*|err\w*|reason|redirect\w*|next|step|action|event|success|ok|valid)$/i

const isCode = (key: string | undefined, value: number) =>
  Number.isInteger(value) && Math.abs(value) < 100_000 && key !== undefined && outcomeKey.test(key)

/** For a text that may be a name or id, only its presence counts. */
function ofText(value: string, path: readonly Step[], typed: Typed): readonly Field[] {
  const isThere: Field = { path, code: 'z.string()', schema: () => z.string(), rank: 3 }
  const key = keyOf(path) ?? ''
  const isMessage = /(?:message|msg|detail|text|title|description)s?$/i.test(key)
  const isShort = /^[\w./: -]{1,60}$/.test(value) || (isMessage && value.length <= 120 && !/[\n\\]/.test(value))
  if (!isShort || !isSteady(value, typed) || !(outcomeKey.test(key) || isMessage)) return [isThere]
  return [literal(path, value, isMessage ? 6 : 2), isThere]
}
