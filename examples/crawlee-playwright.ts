/** Crawlee with Playwright: the handler awaits the verdict. A rejected token is a retry, and each try a new task. */
import { Configuration, log, PlaywrightCrawler } from '@crawlee/playwright'
import { sharedRegotchaFeedback, url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

log.setLevel(log.LEVELS.OFF)

const crawler = new PlaywrightCrawler(
  {
    launchContext: { launchOptions },
    async requestHandler({ page, request, session }) {
      const { taskId, token } = await solve({ valid: request.retryCount > 0 }) // here, not kept in the request: a task has one verdict
      const { feedback } = withRegotchaFeedback(page, taskId, {
        token,
        acceptedWhen: url('**/dashboard'),
        rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
      })
      const field = page.locator('[name=g-recaptcha-response]')
      await field.evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
      await page.click('button[type=submit]')

      const verdict = await feedback.verdict
      console.log(`try ${request.retryCount + 1}: ${verdict}`)
      if (verdict.kind === 'rejected') {
        session?.markBad() // yours to say: the token was bad, perhaps for the session's sake
        throw new Error('the site rejected the token')
      }
    },
  },
  new Configuration({ persistStorage: false }),
)
await crawler.run([loginPage])

const { pending } = await sharedRegotchaFeedback().close()
console.log(`${pending} pending`)
await finish()
