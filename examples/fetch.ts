/** Without a browser: a token of reCAPTCHA v3 in a plain call. */
import { json, withRegotchaFeedback } from '@regotcha-feedback/http'
import { z } from 'zod'
import { finish, sandbox, solve } from './surroundings.ts'

const { taskId, token } = await solve()

const site = withRegotchaFeedback(fetch, taskId, {
  token,
  acceptedWhen: json(z.object({ success: z.literal(true) })),
  rejectedWhen: json(z.object({ success: z.literal(false), error: z.literal('captcha') })),
})
const response = await site(`${sandbox.url('json')}login`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ username: 'ada', captcha: token }),
})

console.log(await response.json()) // the response is yours, unread
console.log(String(await site.feedback.verdict))
await site.feedback.delivery
await finish()
