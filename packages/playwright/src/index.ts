import {
  type AdapterOptions,
  armWatch,
  type KeptBodies,
  keepBodies,
  listen,
  type PageLike,
  type PageNatives,
  type ProtocolSession,
  pageSource,
  type RequestLike,
  type ResponseLike,
  type Watch,
} from '@regotcha-feedback/core'

export {
  all,
  any,
  type Combinator,
  cookie,
  createRegotchaFeedback,
  type Evidence,
  header,
  json,
  not,
  OptionError,
  type RegotchaFeedback,
  sharedRegotchaFeedback,
  status,
  text,
  url,
  type Verdict,
  visible,
  type Watch,
} from '@regotcha-feedback/core'

/** What we touch of a page of Playwright or of a fork of it. */
export interface PlaywrightPage extends PageLike {
  context(): Pick<PageLike, 'on' | 'off'> & {
    // biome-ignore lint/suspicious/noExplicitAny: a page or frame of the user's own version of the library
    newCDPSession(page: any): Promise<ProtocolSession>
  }
  frames(): readonly PlaywrightFrame[]
}

interface PlaywrightFrame {
  parentFrame(): object | null
}

interface PlaywrightRequest extends RequestLike {
  redirectedFrom(): PlaywrightRequest | null
  serviceWorker?(): object | null
}

/**
 * Watches a page after its CAPTCHA was solved, infers whether the site accepted the token, and delivers that to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: ({ url }) => url.endsWith('/dashboard') })
 */
export function withRegotchaFeedback<P extends PlaywrightPage>(
  page: P,
  taskId: string,
  options: AdapterOptions<PageNatives<P>>,
): P & { readonly feedback: Watch } {
  return armWatch(
    { page, library: 'Playwright', members: ['on', 'off', 'isClosed', 'context'], source },
    taskId,
    options,
  )
}

interface PlaywrightResponse extends ResponseLike<PlaywrightRequest> {
  allHeaders(): Promise<Record<string, string>>
}

const source = (page: PlaywrightPage) =>
  pageSource<PlaywrightRequest, PlaywrightResponse>(page, {
    crash: 'crash',
    first: firstOfChain,
    allHeaders: (response) => response.allHeaders(),
    strays: { emitter: page.context(), is: isOfNoPageYet },
    attend: () => keepBodiesOf(page),
  })

/** A frame is found to be of another site, or not, when it has navigated. */
function keepBodiesOf(page: PlaywrightPage): Pick<KeptBodies, 'stop'> {
  const bodies = keepBodies()
  const keep = (of: PlaywrightPage | PlaywrightFrame) => bodies.of(() => page.context().newCDPSession(of))
  const keepFrame = (frame: PlaywrightFrame) => {
    if (frame.parentFrame()) keep(frame)
  }
  keep(page)
  page.frames().forEach(keepFrame)
  const stopListening = listen(page, { framenavigated: keepFrame })
  return {
    stop() {
      stopListening()
      bodies.stop()
    },
  }
}

function firstOfChain(request: PlaywrightRequest): PlaywrightRequest {
  const from = request.redirectedFrom()
  return from ? firstOfChain(from) : request
}

/** Playwright throws where a request has no frame: a service worker's, and that of a popup about to open. */
function isOfNoPageYet(request: PlaywrightRequest): boolean {
  try {
    request.frame()
    return false
  } catch {
    return !request.serviceWorker?.()
  }
}
