/** Visits to the sandbox's sites, recorded by Playwright: each with another token, user name and order of cookies. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Sandbox, SiteName } from '@regotcha-feedback/sandbox'
import type { Browser } from 'playwright'

const names = ['ada', 'grace', 'edsger', 'barbara', 'donald']

/** Who visits a site: another name each time, and cookies of other values in another order. */
export function somebody(salt: string, url: string) {
  const cookies = ['visitor', 'locale', 'theme'].sort(() => Math.random() - 0.5)
  return {
    name: `${names[Math.floor(Math.random() * names.length)]}-${salt.slice(0, 4)}`,
    cookies: cookies.map((name) => ({ name, value: salt, url })),
  }
}

/** Types the name where the page asks for one; a script to be evaluated there. */
export const typing = (name: string) => `{
  const field = document.querySelector('[name=username]')
  if (field) field.value = ${JSON.stringify(name)}
}`

/** How long a page may take to show its outcome, in ms. */
const pause = 1_000

/** Whether the site looked at the token, and thought of it what it is. */
export async function recordVisit(
  browser: Browser,
  sandbox: Sandbox,
  { site, valid, path }: { readonly site: SiteName; readonly valid: boolean; readonly path: string },
): Promise<boolean> {
  const salt = randomBytes(16).toString('hex')
  const token = `03A${salt}`.padEnd(400, randomBytes(8).toString('hex'))
  sandbox.issueTask({ valid, token })
  const context = await browser.newContext({ recordHar: { path } })
  try {
    const { name, cookies } = somebody(salt, sandbox.url(site))
    await context.addCookies(cookies)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    await page.goto(sandbox.url(site))
    await page.evaluate(typing(name))
    await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = '${token}'`)
    await page.click('button[type=submit]')
    await setTimeout(pause)
  } catch {
    return false // the page needs more than a click
  } finally {
    await context.close()
  }
  return sandbox.submissions.some((submission) => submission.token === token && submission.accepted === valid)
}
