/** What a site could notice of a watch: nothing, under every host. */
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Host, type HostPage, hosts } from './hosts.ts'

const host: Host = hosts[inject('host')]

/** Names of all there is, the source of what a watch might wrap, and what was loaded. */
const surface = `[
  ...[window, navigator, document, Document.prototype, performance].flatMap((object) => Object.getOwnPropertyNames(object).sort()),
  ...[fetch, XMLHttpRequest, XMLHttpRequest.prototype.send, navigator.sendBeacon, HTMLFormElement.prototype.submit, console.debug].map(String),
  ...performance.getEntriesByType('resource').map(({ name }) => name),
  navigator.webdriver, navigator.userAgent,
]`

/** The headers of a page, a call and a form, as the site got them, and what a script can see. */
async function visit(page: HostPage, url: string): Promise<unknown[]> {
  await page.goto(`${url}headers`)
  const opened = await page.evaluate('document.body.textContent')
  await page.goto(url)
  const called = await page.evaluate(`fetch('login', { method: 'POST', body: '{}' }).then((answer) => answer.text())`)
  const seen = await page.evaluate(surface)
  await page.evaluate('document.forms[0].submit()')
  await page.waitForSelector('pre, #json')
  return [opened, called, seen, await page.evaluate('document.body.textContent')]
}

test('a page and its site see the same with a watch and without', async () => {
  await using sandbox = await startSandbox()
  await using feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
  const browser = await host.launch()
  onTestFinished(() => browser.close())
  const bare = await browser.newPage()
  const watched = await browser.newPage()
  const { taskId, token } = sandbox.issueTask()
  await watched.page.goto(sandbox.url('mirror'))
  await bare.page.goto(sandbox.url('mirror'))
  host.watch(watched.page, taskId, { token, feedback, acceptedWhen: async ({ text }) => (await text()) === 'never' })
  const [withWatch, without] = [
    await visit(watched.page, sandbox.url('mirror')),
    await visit(bare.page, sandbox.url('mirror')),
  ]
  expect(withWatch).toEqual(without)
})
