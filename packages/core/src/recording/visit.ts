/** A recorded visit: the facts that a watch got about a page, as plain data that can be judged again. */
import { z } from 'zod'

const id = z.int().min(0)
const headers = z.record(z.string(), z.string())

/**
 * One hop of a redirect chain, as it was when it was reported. Hops (`native`), chains and frames are numbered as they
 * appear.
 */
const request = z.object({
  native: id,
  chain: id,
  frame: id.optional(),
  url: z.string(),
  method: z.string(),
  resourceType: z.string(),
  headers,
  body: z.string().optional(),
  isNavigation: z.boolean(),
  isUnattributed: z.boolean(),
  /** Whether the watch's own `submittedWhen` held on this request. */
  isMeant: z.literal(true).optional(),
  /** What the library reports only on request: see the facts of kind `read`. */
  tells: z.array(z.enum(['headers', 'transition'])).optional(),
})

const at = z.number()
const fact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), at, request: id }),
  /** `tells`: the library reports all headers only on request. */
  z.object({
    kind: z.literal('response'),
    at,
    request: id,
    url: z.string(),
    status: z.number(),
    headers,
    tells: z.literal('headers').optional(),
  }),
  z.object({ kind: z.literal('failed'), at, request: id }),
  z.object({
    kind: z.literal('navigated'),
    at,
    frame: id,
    isMainFrame: z.boolean(),
    isPopup: z.boolean(),
    url: z.string(),
  }),
  /** The observation ended, because of the page or the user. */
  z.object({ kind: z.literal('ended'), at, how: z.enum(['page-closed', 'page-crashed', 'stopped', 'superseded']) }),
  /** From here on, what the page shows may be about the token of another watch. */
  z.object({ kind: z.literal('other-watch'), at }),
  /** The page's HTML, or the text that it rendered, when it was asked for. */
  z.object({ kind: z.enum(['html', 'rendered']), at, text: z.string() }),
  /** The page's URL changed. */
  z.object({ kind: z.literal('url'), at, url: z.string() }),
  /** A requested part of a request or response arrived or, without a value, was unavailable. */
  z.object({
    kind: z.literal('read'),
    at,
    request: id,
    what: z.enum(['text', 'headers', 'request-headers', 'transition']),
    value: z.union([z.string(), headers]).optional(),
    /** Why there is no value. */
    error: z.string().optional(),
  }),
])

export const visitSchema = z.object({
  /** The version of this format. */
  visit: z.literal(1),
  taskId: z.string(),
  site: z.string().optional(),
  /** When the watch was armed, in ms since the epoch. All times in the record count from then. */
  armedAt: z.number(),
  /** Whether more happened than fits in a record. */
  isCut: z.literal(true).optional(),
  /** The stand-in for the token, if the watch knew the token. */
  token: z.string().optional(),
  scope: z.enum(['submission', 'page']).optional(),
  submissionTimeout: z.number(),
  verdictTimeout: z.number(),
  requests: z.array(request),
  facts: z.array(fact),
  /** The observations and the predicates' answers, one sentence each, as in a verdict's trail. */
  trail: z.array(z.string()),
  verdict: z.object({ kind: z.enum(['accepted', 'rejected', 'undecided']), by: z.string() }),
})

export type Visit = z.output<typeof visitSchema>
export type VisitFact = z.output<typeof fact>
export type VisitRequest = z.output<typeof request>
