/** Predicates for the common kinds of sites, each tried with a good token and with a bad one. */
import {
  all,
  any,
  type Combinator,
  captchaAgain,
  cookie,
  createRegotchaFeedback,
  json,
  not,
  status,
  text,
  url,
  visible,
  withRegotchaFeedback,
} from '@regotcha-feedback/playwright'
import type { SiteName } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { z } from 'zod'
import { launchOptions, sandbox } from './surroundings.ts'

interface Recipe {
  readonly acceptedWhen: Combinator
  readonly rejectedWhen?: Combinator
  readonly silence?: 'rejected'
}

const formThatRedirects: Recipe = {
  acceptedWhen: url('**/dashboard'),
}

const jsonLogin: Recipe = {
  acceptedWhen: json(z.object({ success: z.literal(true) })),
  rejectedWhen: json(z.object({ success: z.literal(false), error: z.literal('captcha') })),
}

const statusThatTells: Recipe = {
  acceptedWhen: all(status('2xx'), url('**/dashboard')),
  rejectedWhen: status(403),
}

const pageThatGoesOnByScript: Recipe = {
  acceptedWhen: text('<h1>Welcome</h1>'),
  rejectedWhen: text(/wrong captcha/i),
}

const sessionCookie: Recipe = {
  acceptedWhen: cookie('session', /^ada/),
  rejectedWhen: cookie('session', 'nobody'),
}

const elementThatAppears: Recipe = {
  acceptedWhen: all(url('**/dashboard'), visible('h1')),
  rejectedWhen: all(not(url('**/dashboard')), visible('[role=alert]')),
}

const captchaBeforePassword: Recipe = {
  acceptedWhen: any(url('**/dashboard'), text(/wrong password/i)),
}

const formShownAgain: Recipe = {
  acceptedWhen: url('**/dashboard'),
  rejectedWhen: captchaAgain(),
}

const siteThatSaysNothing: Recipe = {
  acceptedWhen: json(z.object({ success: z.literal(true) })),
  silence: 'rejected',
}

const recipes: readonly { name: string; site: SiteName; recipe: Recipe }[] = [
  { name: 'a form that redirects', site: 'form', recipe: formThatRedirects },
  { name: 'a JSON login', site: 'json', recipe: jsonLogin },
  { name: 'a status that tells', site: 'forbidden', recipe: statusThatTells },
  { name: 'a page that goes on by script', site: 'script-redirect', recipe: pageThatGoesOnByScript },
  { name: 'a session cookie', site: 'cookie', recipe: sessionCookie },
  { name: 'an element that appears', site: 'form', recipe: elementThatAppears },
  { name: 'a captcha before the password', site: 'wrong-password', recipe: captchaBeforePassword },
  { name: 'a form that is shown again without a word', site: 'says-nothing', recipe: formShownAgain },
  { name: 'a site that says nothing at all', site: 'says-failure', recipe: siteThatSaysNothing },
]

const dryRun = createRegotchaFeedback({ dryRun: true })
const browser = await chromium.launch(launchOptions)
for (const { name, site, recipe } of recipes) {
  console.log(`${name}:`)
  for (const valid of [true, false]) {
    await using context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(sandbox.url(site))
    const { taskId, token } = sandbox.issueTask({ valid })
    const { feedback } = withRegotchaFeedback(page, taskId, {
      token,
      ...recipe,
      verdictTimeout: 1_500,
      feedback: dryRun,
    })
    await page
      .locator('[name=g-recaptcha-response]')
      .evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
    await page.click('button[type=submit]')
    console.log(`  ${valid ? 'good' : 'bad'} token: ${await feedback.verdict}`)
  }
}
await browser.close()
await sandbox.close()
