/** What every flow is played on: the sandbox's sites, and what a crawler does there however its watch is armed. */
import { readFileSync } from 'node:fs'
import { startSandbox } from '@regotcha-feedback/sandbox'
import type { Flow, Scene } from './flows/flow.ts'

/** Without a limit to the rate of feedback, and with TLS, without which a browser does not tell whose doing a request was. */
export function startStage() {
  const pem = readFileSync(new URL('localhost.pem', import.meta.url), 'utf8')
  const rateLimit = { requests: Number.POSITIVE_INFINITY, window: 1 }
  return startSandbox({ rateLimit, tls: { key: pem, cert: pem } })
}

type Given = Pick<Scene, 'host' | 'page' | 'sandbox' | 'feedback' | 'token' | 'closeContext'>

export function onStage({ site }: Flow, given: Given): Omit<Scene, 'arm' | 'reached'> {
  const { host, page, sandbox, token } = given
  return {
    ...given,
    open: (query = '') => page.goto(sandbox.url(site) + query),
    intercept: (decide) => host.intercept(page, decide),
    async submit(own = token) {
      await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(own)}`)
      await page.click('button[type=submit]')
    },
  }
}

/** What a crawler does who does nothing else. */
export async function armAndSubmit({ open, arm, submit }: Scene): Promise<void> {
  await open()
  arm()
  await submit()
}
