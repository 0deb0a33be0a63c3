/** Schemas for the arguments of a client's methods. */
import { z } from 'zod'
import { eventNames } from './feedback-events.ts'
import { functionOf, milliseconds, text } from './options.ts'

export const task = z.strictObject({
  taskId: text('the id of the task, a string that is not empty').max(128, 'the id of the task, at most 128 characters'),
})
const aTime = 'a time in ms since the epoch'
export const decided = task.extend({
  valid: z.boolean('true or false'),
  options: z
    .strictObject({ completedAt: z.number(aTime).min(1e12, aTime).optional() }, 'options as { completedAt }')
    .default({}),
})
export const waiting = z.strictObject({ timeout: milliseconds().default(10_000) }, 'options as { timeout }')
const aSince = 'a Date or a time in ms since the epoch'
const aSite = 'the host of a site, as events have it'
export const history = z.strictObject(
  {
    site: text(aSite)
      .refine((site) => !/[/\s]/.test(site), aSite)
      .optional(),
    since: z
      .union([z.date(aSince), z.number(aSince).min(1e12, aSince)], aSince)
      .transform(Number)
      .optional(),
  },
  'options as { site, since }',
)
export const listening = z.object({
  name: z.enum(eventNames, `one of ${eventNames.join(', ')}`),
  listener: functionOf(),
})
