/** The whole of it: a real Chromium, both adapters; sites that accept, reject and fail; feedback arriving at the API. */
import { styleText } from 'node:util'
import { createRegotchaFeedback, type Verdict, when } from '@regotcha-feedback/core'
import { withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import { withRegotchaFeedback as withPuppeteer } from '@regotcha-feedback/puppeteer'
import type { SiteName } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import puppeteer from 'puppeteer'
import { launchOptions, sandbox } from './surroundings.ts'

const scenes: readonly { site: SiteName; valid: boolean; title: string }[] = [
  { site: 'form', valid: true, title: 'a good token, at a form that redirects to /dashboard' },
  { site: 'json', valid: false, title: 'a bad token, at a page that logs in by fetch and JSON' },
  { site: 'form', valid: false, title: 'a bad token, at a form that shows its error with status 200' },
  { site: 'broken', valid: true, title: 'a good token, at a site that is broken today' },
]

const predicates = {
  acceptedWhen: when.url('**/dashboard'),
  rejectedWhen: async ({ text }: { text: () => Promise<string> }) =>
    /wrong captcha|"success":false/i.test(await text()),
}

const print = (text: string, indent = 0) => console.log(`${' '.repeat(indent)}${text}`)
const strong = (text: string) => styleText('bold', text)
const faint = (text: string) => styleText('dim', text)
const colours = { accepted: 'green', rejected: 'red', undecided: 'yellow' } as const

async function play(adapter: string, submit: Submit): Promise<void> {
  for (const { site, valid, title } of scenes) {
    const { taskId, token } = sandbox.issueTask({ valid })
    print(`${strong(adapter)}: ${title}`)
    const verdict = await submit(sandbox.url(site), taskId, token)
    for (const line of verdict.why.trail) print(faint(line), 4)
    print(`verdict  ${styleText(colours[verdict.kind], String(verdict))}`, 2)
    const request = sandbox.requests.find((request) => request.taskId === taskId)
    const received = `POST ${request?.path} { taskId: '${taskId}', result: { valid: ${request?.valid} } } → ${request?.status}`
    print(
      `API got  ${request ? received : 'nothing: a feedback can never be taken back, so no guess is ever sent'}\n`,
      2,
    )
  }
}

/** Opens the page, arms the watch, puts the token in and clicks; returns when the feedback is delivered. */
type Submit = (url: string, taskId: string, token: string) => Promise<Verdict>

/** Nothing else asks the sandbox's API, so feedback needs no patience with a solver. */
const feedback = createRegotchaFeedback({ pace: { perMinute: 60, burst: 20 } })
const options = { ...predicates, feedback, verdictTimeout: 2_000 }
const field = '[name=g-recaptcha-response]'

print('Did the site accept the CAPTCHA token? Each page is watched after its token went in; below each scene is what')
print('was seen, what was inferred from it, and what arrived at the API (a sandbox on this machine).\n')

const browser = await chromium.launch(launchOptions)
await play('Playwright', async (url, taskId, token) => {
  await using page = await browser.newPage()
  await page.goto(url)
  const watch = withPlaywright(page, taskId, { token, ...options }).feedback
  await page.locator(field).evaluate((element: HTMLTextAreaElement, t) => (element.value = t), token)
  await page.click('button[type=submit]')
  await watch.delivery
  return watch.verdict
})
await browser.close()

const other = await puppeteer.launch(launchOptions)
await play('Puppeteer', async (url, taskId, token) => {
  await using page = await other.newPage()
  await page.goto(url)
  const watch = withPuppeteer(page, taskId, { token, ...options }).feedback
  await page.$eval(field, (element, t) => ((element as HTMLTextAreaElement).value = t), token)
  await page.click('button[type=submit]')
  await watch.delivery
  return watch.verdict
})
await other.close()

const { length } = sandbox.feedback
print(
  `${2 * scenes.length} tasks, ${length} feedbacks recorded, each once; ${2 * scenes.length - length} undecided, nothing sent.`,
)
await feedback.close()
await sandbox.close()
