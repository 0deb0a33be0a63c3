/** Crawlee with Puppeteer: a handler that does not wait. The hook keeps its page open until the verdict is there. */
import { Configuration, log, PuppeteerCrawler } from '@crawlee/puppeteer'
import { settled, sharedRegotchaFeedback, url, withRegotchaFeedback } from '@regotcha-feedback/puppeteer'
import { finish, launchOptions, sandbox, solve } from './surroundings.ts'

log.setLevel(log.LEVELS.OFF)

const crawler = new PuppeteerCrawler(
  {
    launchContext: { launchOptions },
    browserPoolOptions: { prePageCloseHooks: [(page) => settled(page)] },
    async requestHandler({ page }) {
      const { taskId, token } = await solve()
      withRegotchaFeedback(page, taskId, {
        token,
        acceptedWhen: url('**/dashboard'),
        rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
      })
      await page.$eval('[name=g-recaptcha-response]', (field, t) => ((field as HTMLTextAreaElement).value = t), token)
      await page.click('button[type=submit]')
    },
  },
  new Configuration({ persistStorage: false }),
)
await crawler.run([sandbox.url('slow-answer')])

const { pending } = await sharedRegotchaFeedback().close()
console.log(`${pending} pending`)
await finish()
