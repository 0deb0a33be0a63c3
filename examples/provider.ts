/** A provider for puppeteer-extra-plugin-recaptcha: Regotcha solves, by its `createTask` and `getTaskResult`. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CaptchaInfo, CaptchaSolution } from 'puppeteer-extra-plugin-recaptcha/dist/types.js'

/** @param poll - when to ask for a task's result first, and how often from then on, in ms. */
export function regotcha(poll = { first: 10_000, every: 5_000 }) {
  async function solve({ _vendor, id, sitekey, url }: CaptchaInfo): Promise<CaptchaSolution> {
    const solution = { _vendor, ...(id && { id }), provider: 'regotcha' }
    try {
      const task = { type: 'RecaptchaV2TaskProxyless', websiteURL: url, websiteKey: sitekey }
      const { taskId } = await call('createTask', { task })
      for (let wait = poll.first; ; wait = poll.every) {
        await sleep(wait)
        const { status, solution: found } = await call('getTaskResult', { taskId })
        if (status === 'ready') return { ...solution, providerCaptchaId: taskId, text: found.gRecaptchaResponse }
      }
    } catch (error) {
      return { ...solution, error: String(error) }
    }
  }
  const fn = async (captchas: CaptchaInfo[]) => ({ solutions: await Promise.all(captchas.map(solve)) })
  return { id: 'regotcha', fn }
}

async function call(method: string, body: object) {
  const { REGOTCHA_BASE_URL: baseURL = 'https://api.regotcha.com', REGOTCHA_CLIENT_KEY: clientKey } = process.env
  const response = await fetch(`${baseURL}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientKey, ...body }),
  })
  const answer = await response.json()
  if (answer.errorId !== 0) throw new Error(`${method}: ${answer.errorCode}: ${answer.errorDescription}`)
  return answer
}
