/** Crawlee, steered by what the sites do with the tokens: slower where they refuse many, and no more bought where that lasts. */
import { setTimeout } from 'node:timers/promises'
import { CheerioCrawler, Configuration, log, NonRetryableError } from '@crawlee/cheerio'
import { createRegotchaFeedback, text, url } from '@regotcha-feedback/core'
import { finish, loginPage, solve } from './surroundings.ts'

log.setLevel(log.LEVELS.OFF)
const hour = 60 * 60_000
const feedback = createRegotchaFeedback({
  acceptance: { window: 4, minimum: 4 }, // a short window for a short example: by default of 20 verdicts, from 10 on
  pace: { perMinute: 30, burst: 10 }, // no solver shares the key here
})

const slow = new Set<string>()
feedback.on('degraded', ({ site, accepted, rejected }) => {
  console.log(`${site} accepted ${accepted} of its latest ${accepted + rejected} tokens: slower`)
  slow.add(site) // the place to change the proxy, too
})
feedback.on('recovered', ({ site }) => slow.delete(site))

let solved = 0
const crawler = new CheerioCrawler(
  {
    maxConcurrency: 1,
    preNavigationHooks: [
      async ({ request }) => {
        const site = new URL(request.url).host
        const { accepted, rejected, rate = 1 } = await feedback.acceptance({ site, since: Date.now() - hour })
        if (accepted + rejected >= 10 && rate < 0.4) {
          throw new NonRetryableError(`${site} accepted ${accepted} of ${accepted + rejected} tokens: none is bought`)
        }
        if (slow.has(site)) await setTimeout(100) // some seconds, at a real site
        const { taskId, token } = await solve({ valid: solved++ < 3 }) // a site that accepts three, then no more
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
      await watch.verdict
    },
    failedRequestHandler: (_, error) => console.log(error.message),
  },
  new Configuration({ persistStorage: false }),
)

await crawler.run(
  Array.from({ length: 12 }, (_, page) => ({
    url: `${loginPage}login`,
    uniqueKey: `page ${page}`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })),
)
await feedback.close()
await finish()
