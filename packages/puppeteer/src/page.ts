import {
  type AdapterOptions,
  armWatch,
  listen,
  type PageLike,
  type PageNatives,
  pageSource,
  type RequestLike,
  type Watch,
} from '@regotcha-feedback/core'

/** What we touch of a page of Puppeteer, of any major. */
export interface PuppeteerPage extends PageLike {
  browser(): Pick<PageLike, 'on' | 'off'>
  browserContext(): object
}

interface PuppeteerRequest extends RequestLike {
  redirectChain(): PuppeteerRequest[]
}

/**
 * Watches a page after its CAPTCHA was solved, infers whether the site accepted the token, and delivers that to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: ({ url }) => url.endsWith('/dashboard') })
 */
export function withRegotchaFeedback<P extends PuppeteerPage>(
  page: P,
  taskId: string,
  options: AdapterOptions<PageNatives<P>>,
): P & { readonly feedback: Watch } {
  return armWatch(
    { page, library: 'Puppeteer', members: ['on', 'off', 'isClosed', 'browserContext'], source },
    taskId,
    options,
  )
}

const source = (page: PuppeteerPage) =>
  pageSource<PuppeteerRequest>(page, {
    crash: 'error',
    // One array that all requests of a chain share; it is empty until there was a redirect.
    first: (request) => request.redirectChain()[0] ?? request,
    // A browser that is killed, or disconnected from, closes no page.
    beside: (observer) => listen(page.browser(), { disconnected: () => observer.ended('page-closed') }),
  })
