import { json, withRegotchaFeedback } from '@regotcha-feedback/http'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { z } from 'zod'

const sandbox = await startSandbox()
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_OUTBOX = 'memory'

for (const valid of [true, false]) {
  const { taskId, token } = sandbox.issueTask({ valid })
  const site = withRegotchaFeedback(fetch, taskId, {
    token,
    acceptedWhen: json(z.object({ success: z.literal(true) })),
  })
  const response = await site(`${sandbox.url('json')}login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', captcha: token }),
  })
  console.log(response.status, await response.json())
  console.log(String(await site.feedback.verdict))
  await site.feedback.delivery
}
console.log('recorded:', sandbox.feedback.map(({ valid }) => valid).join(', '))
await sandbox.close()
