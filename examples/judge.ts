/** Without a browser: the answer to the call that took the token says it, and is judged. */
import { createRegotchaFeedback, json } from '@regotcha-feedback/core'
import { z } from 'zod'
import { finish, sandbox, solve } from './surroundings.ts'

const feedback = createRegotchaFeedback()
const acceptedWhen = json(z.object({ success: z.literal(true) }))

for (const valid of [true, false]) {
  const { taskId, token } = await solve({ valid })
  const response = await fetch(`${sandbox.url('json')}login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', captcha: token }),
  })
  const { verdict } = feedback.judge(taskId, response, { acceptedWhen }) // before the body is read
  console.log(await response.json(), String(await verdict))
}

await feedback.close()
await finish()
