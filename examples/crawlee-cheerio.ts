/** Crawlee without a browser: what the crawler was answered is judged, and a rejected token is tried once more. */
import { CheerioCrawler, Configuration, log } from '@crawlee/cheerio'
import { createRegotchaFeedback, text, url } from '@regotcha-feedback/core'
import { finish, loginPage, solve } from './surroundings.ts'

log.setLevel(log.LEVELS.OFF)
const feedback = createRegotchaFeedback()

const crawler = new CheerioCrawler(
  {
    maxRequestRetries: 1,
    preNavigationHooks: [
      async ({ request }) => {
        const { taskId, token } = await solve({ valid: request.retryCount > 0 }) // each try has a task of its own
        request.userData.taskId = taskId
        request.payload = String(new URLSearchParams({ username: 'ada', 'g-recaptcha-response': token }))
      },
    ],
    async requestHandler({ request, response, body }) {
      const { statusCode, headers } = response
      const answer = { statusCode, headers, body, url: request.loadedUrl }
      const watch = feedback.judge(request.userData.taskId, answer, {
        acceptedWhen: url('**/dashboard'),
        rejectedWhen: text(/wrong captcha/i),
      })
      const verdict = await watch.verdict
      console.log(`try ${request.retryCount + 1}: ${verdict}`)
      if (verdict.kind === 'rejected') throw new Error('the captcha was refused')
    },
  },
  new Configuration({ persistStorage: false }),
)

await crawler.run([
  {
    url: `${loginPage}login`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
])
await feedback.close()
await finish()
