import { createHash } from 'node:crypto'
import { z } from 'zod'

const count = z.int().nonnegative()

/** A feedback with its delivery state, as stored in a file. */
export const storedRow = z.object({
  /** See {@link accountOf}. */
  account: z.string(),
  taskId: z.string(),
  valid: z.boolean(),
  decidedAt: z.int(),
  expiresAt: z.int(),
  attempts: count,
  /** `null` while it is held. */
  dueAt: z.int().nullable(),
  origin: z
    .object({
      site: z.string().optional(),
      by: z.string(),
      predicate: z.string().optional(),
      took: z.number(),
    })
    .optional(),
  ending: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('delivered'), by: z.enum(['recorded', 'confirmed', 'already']), attempts: count }),
      z.object({ kind: z.literal('dead'), reason: z.string() }),
      z.object({ kind: z.literal('expired') }),
      z.object({ kind: z.literal('dropped') }),
      z.object({ kind: z.literal('conflict'), kept: z.boolean() }),
    ])
    .optional(),
})

export type StoredRow = Readonly<z.infer<typeof storedRow>>

/** The fingerprint of an API key at an API, stored in place of the key. */
export const accountOf = (clientKey: string, baseURL: string) =>
  createHash('sha256').update(`${baseURL}\n${clientKey}`).digest('hex').slice(0, 32)
