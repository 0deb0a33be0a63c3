/** Regotcha submits the token itself, and hands back what the site said: `forwardRequest`, `forwardResponse`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRegotchaFeedback, json } from '@regotcha-feedback/core'
import { z } from 'zod'
import { finish, poll, sandbox } from './surroundings.ts'

const { REGOTCHA_BASE_URL: baseURL, REGOTCHA_CLIENT_KEY: clientKey } = process.env

async function call(method: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const options = { method: 'POST', headers, body: JSON.stringify({ clientKey, ...body }) }
  return (await fetch(`${baseURL}/${method}`, options)).json()
}

const url = `${sandbox.url('json')}login`
const { taskId } = await call('createTask', {
  task: { type: 'RecaptchaV3TaskProxyless', websiteURL: url, websiteKey: '6Lc' },
  forwardRequest: { url, method: 'POST', body: { username: 'ada', captcha: '{{token}}' } },
})
let result = await call('getTaskResult', { taskId })
while (result.status === 'processing') {
  await sleep(poll.every)
  result = await call('getTaskResult', { taskId })
}

const feedback = createRegotchaFeedback()
const { verdict } = feedback.judge(taskId, result, {
  url, // the answer does not tell it
  acceptedWhen: json(z.object({ success: z.literal(true) })),
})
console.log(String(await verdict))

await feedback.close()
await finish()
