import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { settling } from '../inference/state.ts'
import type { Verdict } from '../inference/verdict.ts'
import { checkOptions } from '../options.ts'
import type { ObservedRequest, ObservedResponse, Observer } from '../page/source.ts'
import { captchaRefused } from '../predicates/captcha.ts'
import type { Evidence } from '../predicates/evidence.ts'
import type { Predicate } from '../predicates/predicate.ts'
import { watchPage } from './watch.ts'
import { type WatchOptions, watchOptions } from './watch-options.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const token = 'a-token-that-is-long-enough'

/** A page without a browser. @param mainFrame - of an earlier one, if another watch follows on the same page. */
function fakePage(
  options: WatchOptions,
  cookies: readonly { name: string; value: string; domain: string }[] = [],
  mainFrame: object = { context: () => ({ cookies: async () => cookies }) },
  shown: { readonly html?: string; readonly rendered?: string } = {},
) {
  let url = 'https://site.test/'
  let observer: Observer | undefined
  const watch = watchPage(
    {
      page: mainFrame,
      url: () => url,
      html: async () => shown.html,
      renderedText: async () => shown.rendered,
      observe(given) {
        observer = given
        return () => {
          observer = undefined
        }
      },
    },
    checkOptions('test', watchOptions, options),
    systemClock,
  )
  const watching = observer as unknown as Observer
  const request = (path: string, parts: Partial<ObservedRequest> = {}): ObservedRequest => ({
    chain: {},
    url: `https://site.test${path}`,
    method: 'GET',
    resourceType: 'document',
    headers: {},
    body: undefined,
    frame: mainFrame,
    isNavigation: false,
    isUnattributed: false,
    native: {},
    ...parts,
  })
  const submission = (parts: Partial<ObservedRequest> = {}) =>
    request('/login', { method: 'POST', body: `t=${token}`, ...parts })
  function respond(
    request: ObservedRequest,
    status = 200,
    text: string | Promise<string> = '',
    parts: Partial<ObservedResponse> = {},
  ) {
    observer?.response({
      request,
      url: request.url,
      status,
      headers: {},
      text: async () => text,
      native: undefined,
      ...parts,
    })
  }
  return {
    watch,
    mainFrame,
    request,
    submission,
    respond,
    send: (request: ObservedRequest) => observer?.request(request),
    /** Reports a request after the observation ended, as happens when its body had to be fetched first. */
    sendLate: (request: ObservedRequest) => watching.request(request),
    fail: (request: ObservedRequest) => observer?.failed(request),
    navigate(path: string, frame: object = mainFrame) {
      const isMainFrame = frame === mainFrame
      if (isMainFrame) url = `https://site.test${path}`
      observer?.navigated({ frame, isMainFrame, url: `https://site.test${path}`, native: frame })
    },
    /** A popup shows this path. */
    popup: (path: string, frame: object = {}) =>
      observer?.navigated({ frame, isMainFrame: true, isPopup: true, url: `https://site.test${path}`, native: frame }),
    end: (how: 'page-closed' | 'page-crashed') => observer?.ended(how),
    isObserved: () => observer !== undefined,
  }
}

const atDashboard: Predicate = ({ url }) => url.endsWith('/dashboard')
const bodyIsGood: Predicate = async ({ text }) => (await text()) === 'good'

const outcome = async ({ verdict }: { verdict: Promise<{ kind: string; reason?: string; by?: string }> }) => {
  await vi.advanceTimersByTimeAsync(settling)
  const { kind, reason, by } = await verdict
  return reason ?? `${kind} by ${by}`
}

test('nothing before the submission is asked; its answer and the navigations after it are', async () => {
  const asked: string[] = []
  const page = fakePage({
    token,
    acceptedWhen: (evidence) => {
      asked.push(`${evidence.kind} ${evidence.status} ${evidence.url} ${evidence.isSubmission}`)
      return atDashboard(evidence, undefined)
    },
  })
  const form = page.request('/login', { isNavigation: true })
  page.send(form)
  page.respond(form)
  page.navigate('/login')
  page.respond(page.request('/tracker'))
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.respond(page.request('/tracker'))
  page.respond(login)
  page.navigate('/login')
  page.navigate('/dashboard#top')
  page.navigate('/dashboard')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
  expect(asked).toEqual([
    'response 200 https://site.test/login true',
    'navigation 200 https://site.test/login true',
    'navigation undefined https://site.test/dashboard#top false',
    'navigation undefined https://site.test/dashboard false',
  ])
})

test('a redirect on the way is not where it leads: a bounce off /dashboard back to /login accepts nothing', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard, rejectedWhen: ({ url }) => url.endsWith('/login?error') })
  const first = page.submission({ isNavigation: true })
  page.send(first)
  page.respond(first, 302, '', { headers: { location: '/dashboard' } })
  const dashboard = page.request('/dashboard', { chain: first.chain, isNavigation: true })
  page.respond(dashboard, 302, '', { headers: { location: '/login?error' } })
  page.respond(page.request('/login?error', { chain: first.chain, isNavigation: true }), 200)
  expect(await outcome(page.watch)).toBe('rejected by rejectedWhen')
})

test("the submission's own redirect is evidence", async () => {
  const page = fakePage({ token, acceptedWhen: ({ status }) => status === 302 })
  const login = page.submission()
  page.send(login)
  page.respond(login, 302)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('evidence is judged in its order, whatever the bodies take', async () => {
  const page = fakePage({
    token,
    scope: 'page',
    acceptedWhen: bodyIsGood,
    rejectedWhen: async ({ text }) => (await text()) === 'bad',
  })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  const slow = Promise.withResolvers<string>()
  page.respond(login, 200, slow.promise)
  page.respond(page.request('/next'), 200, 'bad')
  await vi.advanceTimersByTimeAsync(1000)
  slow.resolve('good')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('a body that never comes holds up nothing beyond the time of its predicate, and rejects nothing', async () => {
  const asking = { token, predicateTimeout: 500, acceptedWhen: bodyIsGood }
  const first = fakePage(asking)
  const login = first.submission()
  first.send(login)
  first.respond(login, 200, new Promise<string>(() => {}))
  first.respond(first.submission(), 200, 'good')
  await vi.advanceTimersByTimeAsync(500)
  expect(await outcome(first.watch)).toBe('accepted by acceptedWhen')

  const second = fakePage(asking)
  second.send(login)
  second.respond(login, 200, Promise.reject(new Error('lost')))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(second.watch)).toBe('predicate-error')
})

test('a page that the site confirms by 304 has the body that the browser has', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.respond(login, 304, 'good')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test.each<Predicate>([
  ({ url }) => !url.endsWith('/dashboard'),
  async ({ url }) => !url.endsWith('/dashboard'),
  ({ kind, method, url }) => kind === 'response' && method === 'POST' && url.endsWith('/login'),
])('where the token went was known before the answer, and is no sign: %o', async (acceptedWhen) => {
  const page = fakePage({ token, acceptedWhen })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

test('a page that goes on within its document before there is an answer can take it back', async () => {
  for (const [then, expected] of [
    ['stays', 'accepted by acceptedWhen'],
    ['is back', 'no-match'],
    ['a frame of it moves', 'accepted by acceptedWhen'],
  ] as const) {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission()
    page.send(login)
    page.navigate('/dashboard')
    if (then === 'a frame of it moves') page.navigate('/advertisement', {})
    page.respond(login)
    expect(page.isObserved()).toBe(true)
    if (then === 'is back') page.navigate('/login')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe(expected)
  }
})

test('a page that goes to another without waiting for an answer was not led there, but may be led on from there', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const goTo = (path: string) => {
    const document = page.request(path, { isNavigation: true })
    page.send(document)
    page.respond(document)
    page.navigate(path)
  }
  page.send(page.submission())
  goTo('/dashboard')
  expect(page.isObserved()).toBe(true)
  goTo('/dashboard')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test.each([
  ['nothing', 'no-answer'],
  ['a page that says so, too', 'no-answer'],
  ['another page', 'no-match'],
])('202 is the answer once it is followed by another: %s', async (then, expected) => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.respond(login, 202)
  if (then !== 'nothing') page.navigate('/login')
  if (then === 'another page') {
    const next = page.request('/login?error', { isNavigation: true })
    page.send(next)
    page.respond(next)
    page.navigate('/login?error')
  }
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe(expected)
})

describe('where the user said that silence is a rejection, it is one only if nothing may still come', () => {
  const json = { headers: { 'content-type': 'application/json' } }
  test.each<[string, string, (page: ReturnType<typeof fakePage>, call: ObservedRequest) => void]>([
    ['nothing else', 'rejected by silence', () => {}],
    ['a call that waits', 'no-match', (page, call) => page.send(call)],
    [
      'a call with its answer',
      'rejected by silence',
      (page, call) => {
        page.send(call)
        page.respond(call, 200, '{}', json)
      },
    ],
    ['a page that loads', 'no-match', (page) => page.send(page.request('/next', { isNavigation: true }))],
    ['the token again', 'no-match', (page) => page.send(page.submission())],
    [
      'another token',
      'no-match',
      (page) => page.send(page.submission({ body: 'g-recaptcha-response=0123456789abcdef' })),
    ],
  ])('%s: %s', async (_, expected, then) => {
    const page = fakePage({ token, acceptedWhen: atDashboard, silence: 'rejected' })
    const login = page.submission()
    page.send(login)
    page.respond(login)
    then(page, page.request('/session', { method: 'POST', resourceType: 'fetch' }))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe(expected)
  })

  test('and none where the page showed what it shows before it submitted', async () => {
    const page = fakePage({ token, acceptedWhen: ({ url }) => url.endsWith('/thanks'), silence: 'rejected' })
    page.navigate('/thanks')
    const login = page.submission()
    page.send(login)
    page.respond(login)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })

  test('and none where the token had left before the watch was armed', async () => {
    const page = fakePage({ token, acceptedWhen: atDashboard, silence: 'rejected' })
    page.respond(page.submission())
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })

  test('and none where nothing was answered, or a predicate could not say', async () => {
    const unanswered = fakePage({ token, acceptedWhen: atDashboard, silence: 'rejected' })
    unanswered.send(unanswered.submission())
    const unread = fakePage({ token, acceptedWhen: bodyIsGood, silence: 'rejected' })
    unread.respond(unread.submission(), 200, Promise.reject(new Error('lost')))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(unanswered.watch)).toBe('no-answer')
    expect(await outcome(unread.watch)).toBe('predicate-error')
  })
})

describe('an answer that could not be read, which a status accepts', () => {
  const isSuccess: Predicate = ({ status }) => status === 200
  const unread = { headers: { 'content-type': 'text/html' }, text: () => Promise.reject(new Error('lost')) }

  async function played(submit: (page: ReturnType<typeof fakePage>, login: ObservedRequest) => void, options = {}) {
    const page = fakePage({ token, acceptedWhen: isSuccess, ...options })
    const login = page.submission({ isNavigation: true })
    page.send(login)
    submit(page, login)
    await vi.advanceTimersByTimeAsync(30_000)
    return outcome(page.watch)
  }

  test('may be the form again with a refusal, which shows no acceptance', async () => {
    const answer = (page: ReturnType<typeof fakePage>, login: ObservedRequest) => {
      page.respond(login, 200, '', unread)
      page.navigate('/login')
    }
    expect(await played(answer)).toBe('predicate-error')
    expect(await played(answer, { acceptedWhen: atDashboard })).toBe('predicate-error')
  })

  test.each(['no words', 'a file', 'more than a page'])('is none that refuses where it has %s', async (which) => {
    const headers = {
      'no words': {},
      'a file': { 'content-type': 'text/html', 'content-disposition': 'attachment' },
      'more than a page': { 'content-type': 'text/html', 'content-length': `${2 ** 24}` },
    }[which] as Record<string, string>
    expect(await played((page, login) => page.respond(login, 200, '', { ...unread, headers }))).toBe(
      'accepted by acceptedWhen',
    )
  })

  test('shows one where the site led on', async () => {
    const led = await played((page, login) => {
      page.respond(login, 302, '', { headers: { location: '/dashboard' } })
      const dashboard = page.request('/dashboard', { isNavigation: true, chain: login.chain })
      page.send(dashboard)
      page.respond(dashboard, 200, '', unread)
      page.navigate('/dashboard')
    })
    expect(led).toBe('accepted by acceptedWhen')
  })
})

test.each<[string, Predicate, string]>([
  ['its body', bodyIsGood, 'predicate-error'],
  ['its status', ({ status }) => status === 204, 'no-match'],
  ['its URL', atDashboard, 'accepted by acceptedWhen'],
])(
  'a page whose answer the browser never tells is evidence by its URL alone: %s',
  async (_, acceptedWhen, expected) => {
    const page = fakePage({ token, acceptedWhen })
    const login = page.submission()
    page.send(login)
    page.respond(login)
    page.send(page.request('/dashboard', { isNavigation: true }))
    page.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe(expected)
  },
)

test('a redirect that does not say whereto is an answer as any other', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  const login = page.submission()
  page.send(login)
  page.respond(login, 303, 'good', { headers: { 'x-action-redirect': '/dashboard;push' } })
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('a body that is not JSON does not hold', async () => {
  const page = fakePage({ token, acceptedWhen: async ({ json }) => (await json()).success === true })
  const login = page.submission()
  page.send(login)
  page.respond(login, 200, '<p>Wrong captcha</p>')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

test.each<[string, Predicate]>([
  [
    'throws',
    () => {
      throw new Error('boom')
    },
  ],
  [
    'rejects',
    async () => {
      throw undefined
    },
  ],
  ['answers neither true nor false', (() => 'yes') as unknown as Predicate],
])('a predicate that %s decides nothing', async (_, acceptedWhen) => {
  const page = fakePage({ token, acceptedWhen })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('predicate-error')
})

/** The outcome of a submission that was answered, then of something else, and at last of a page. */
const afterwards = (then: (page: ReturnType<typeof fakePage>) => void) => async (next: string) => {
  const page = fakePage({ token, acceptedWhen: atDashboard, rejectedWhen: ({ url }) => url.endsWith('/error') })
  const first = page.submission({ isNavigation: true })
  page.send(first)
  page.respond(first)
  then(page)
  page.navigate(next)
  await vi.advanceTimersByTimeAsync(31_000)
  return outcome(page.watch)
}

test('an answer to the same token once more, which is spent, does not reject the first, and may still accept it', async () => {
  const resubmitting = afterwards((page) => page.send(page.submission({ isNavigation: true })))
  expect(await resubmitting('/error')).toBe('no-match')
  expect(await resubmitting('/dashboard')).toBe('accepted by acceptedWhen')
})

test("what follows another captcha's token is about that one", async () => {
  const body = `g-recaptcha-response=${'another'.repeat(9)}`
  const another = afterwards((page) => page.send(page.submission({ body, isNavigation: true })))
  expect(await another('/error')).toBe('no-match')
  expect(await another('/dashboard')).toBe('no-match')
})

test.each(['before', 'after'])(
  'a form that is left before its answer leads nowhere, told so %s where it was left for',
  async (when) => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission({ isNavigation: true })
    page.send(login)
    const elsewhere = page.request('/dashboard', { isNavigation: true })
    page.send(elsewhere)
    if (when === 'before') page.fail(login)
    page.respond(elsewhere)
    page.navigate('/dashboard')
    if (when === 'after') page.fail(login)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe('no-answer')
    expect((await page.watch.verdict).why.hint).toContain('the page was left before the answer')
  },
)

test('a form whose answer is told after what its script goes on to has led there', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.navigate('/login')
  const dashboard = page.request('/dashboard', { isNavigation: true })
  page.send(dashboard)
  page.respond(dashboard)
  page.navigate('/dashboard')
  page.respond(login)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('what looks at the page waits until it is known whose doing the page is', async () => {
  const { promise: isThere, resolve: show } = Promise.withResolvers<boolean>()
  const page = fakePage({ token, acceptedWhen: () => isThere })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  const { promise: transition, resolve: tell } = Promise.withResolvers<string>()
  const opened = page.request('/dashboard', { isNavigation: true, transition: () => transition })
  page.send(opened)
  page.respond(opened)
  page.navigate('/dashboard')
  show(true)
  await vi.advanceTimersByTimeAsync(100)
  tell('typed')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('predicate-error')
})

test.each([
  ['typed', 'no-match'],
  ['link', 'accepted by acceptedWhen'],
  ['reload', 'accepted by acceptedWhen'],
])("a referrer of the crawler's own does not outdo the browser's history: %s", async (how, expected) => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  const headers = { referer: 'https://site.test/' }
  const opened = page.request('/dashboard', { isNavigation: true, headers, transition: async () => how })
  page.send(opened)
  page.respond(opened)
  page.navigate('/dashboard')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe(expected)
})

test('a page from the history is evidence, unless a captcha was shown again before', async () => {
  const play = async (body: string) => {
    const page = fakePage({ token, acceptedWhen: ({ status, url }) => status === 200 && url.endsWith('/dashboard') })
    const login = page.submission({ isNavigation: true, transition: async () => 'form_submit' })
    page.send(login)
    page.respond(login, 200, body, { headers: { 'content-type': 'text/html' } })
    page.navigate('/login')
    await vi.advanceTimersByTimeAsync(100)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const back = page.request('/dashboard', { isNavigation: true, headers, transition: async () => 'back' })
    page.send(back)
    page.respond(back)
    page.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(30_000)
    return outcome(page.watch)
  }
  expect(await play('<script>history.back()</script>')).toBe('accepted by acceptedWhen')
  expect(await play('<form><input name="g-recaptcha-response"></form>')).toBe('no-match')
})

test('a form that is sent again without the token shows nothing about it', async () => {
  const play = async (path: string) => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const headers = { 'content-type': 'text/html' }
    const login = page.submission({ isNavigation: true })
    page.send(login)
    page.respond(login, 200, '<form></form>', { headers })
    page.navigate('/login')
    await vi.advanceTimersByTimeAsync(100)
    const next = page.request(path, { method: 'POST', body: 'name=ada', isNavigation: true })
    page.send(next)
    const shown = page.request('/dashboard', {
      chain: next.chain,
      isNavigation: true,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    page.send(shown)
    page.respond(shown)
    page.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(30_000)
    return outcome(page.watch)
  }
  expect(await play('/second-step')).toBe('accepted by acceptedWhen')
  expect(await play('/login')).toBe('no-match')
})

test('what comes late of a token is about that one, whatever else was submitted meanwhile', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  const login = page.submission()
  page.send(login)
  page.send(page.submission({ body: `g-recaptcha-response=${'another'.repeat(9)}` }))
  page.respond(login, 200, 'good')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test.each([
  ['looked at the page', async () => true, 'predicate-error'],
  ['read the answer', bodyIsGood, 'accepted by acceptedWhen'],
])('a predicate that %s when another token was submitted there', async (_, acceptedWhen, expected) => {
  const page = fakePage({ token, acceptedWhen: async (evidence) => slowly(evidence, acceptedWhen) })
  const login = page.submission()
  page.send(login)
  page.respond(login, 200, 'good')
  page.send(page.submission({ body: `g-recaptcha-response=${'another'.repeat(9)}` }))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe(expected)
})

async function slowly(evidence: Evidence, ask: Predicate) {
  await new Promise((resolve) => setTimeout(resolve, 100))
  return ask(evidence, undefined)
}

test('when time runs out, acceptedWhen is asked once more, since what it looks at may have changed', async () => {
  let isSignedIn = false
  const page = fakePage({ token, acceptedWhen: async () => isSignedIn })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(20_000)
  isSignedIn = true
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test.each([
  ['on which acceptedWhen holds', '/session', 'good', true],
  ['that is of no interest', '/menu', '[]', false],
  ['of another site', 'https://ads.test/', 'good', false],
  ['of a subdomain', 'https://auth.site.test/', 'good', true],
])('a call beyond the scope %s: the hint tells of the scope', async (_, path, text, isTold) => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  const login = page.submission()
  page.send(login)
  page.respond(login, 200, 'verified')
  const url = new URL(path, 'https://site.test/').href
  page.respond(page.request(path, { url, resourceType: 'fetch' }), 200, text)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
  expect((await page.watch.verdict).why.hint?.includes("scope: 'page'")).toBe(isTold)
})

test('a preflight is no submission', async () => {
  const page = fakePage({ token, acceptedWhen: ({ status }) => status === 204, submissionTimeout: 100 })
  const preflight = page.request(`/login?t=${token}`, { method: 'OPTIONS' })
  page.send(preflight)
  page.respond(preflight, 204)
  await vi.advanceTimersByTimeAsync(100)
  expect(await outcome(page.watch)).toBe('not-submitted')
})

test('a failure after the answer is none; a failure instead of it is', async () => {
  const failing = async (answersFirst: boolean) => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission()
    page.send(login)
    if (answersFirst) page.respond(login, 204)
    page.fail(login)
    await vi.advanceTimersByTimeAsync(30_000)
    return outcome(page.watch)
  }
  expect(await failing(true)).toBe('no-match')
  expect(await failing(false)).toBe('site-error')
})

test('time runs out two minutes after arming, or thirty seconds after the submission', async () => {
  const idle = fakePage({ token, acceptedWhen: atDashboard })
  const busy = fakePage({ token, acceptedWhen: atDashboard })
  await vi.advanceTimersByTimeAsync(119_000)
  busy.send(busy.submission())
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await outcome(idle.watch)).toBe('not-submitted')
  expect(busy.isObserved()).toBe(true)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(await outcome(busy.watch)).toBe('no-answer')
  await vi.advanceTimersByTimeAsync(10)
  expect(vi.getTimerCount()).toBe(0)
})

test("time in which the process stood still is not the site's: what waits to be seen is seen first", async () => {
  const afterStandstill = async (then: (page: ReturnType<typeof fakePage>) => unknown) => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission()
    page.send(login)
    page.respond(login)
    vi.setSystemTime(Date.now() + 3_600_000)
    await then(page)
    await vi.advanceTimersByTimeAsync(61_000)
    expect(vi.getTimerCount()).toBe(0)
    return outcome(page.watch)
  }
  const navigate = (page: ReturnType<typeof fakePage>) => page.navigate('/dashboard')
  expect(await afterStandstill(navigate)).toBe('accepted by acceptedWhen')
  const afterTimers = () => vi.advanceTimersByTimeAsync(30_000)
  expect(await afterStandstill((page) => afterTimers().then(() => navigate(page)))).toBe('accepted by acceptedWhen')
  expect(await afterStandstill(() => {})).toBe('no-match')
})

test('a page that still loads when time is up may yet show success', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission({ resourceType: 'fetch' })
  page.send(login)
  page.respond(login)
  page.send(page.request('/dashboard', { isNavigation: true }))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

describe('without a token', () => {
  const bySaid = { acceptedWhen: bodyIsGood, submissionTimeout: 10_000 }
  const login = { method: 'POST', body: 'user=ada', resourceType: 'fetch' }

  test('a well-known field makes the submission', async () => {
    const page = fakePage({ acceptedWhen: atDashboard })
    const login = page.submission({ body: `g-recaptcha-response=${'x'.repeat(20)}` })
    page.send(login)
    page.respond(login)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })

  test('what the page does after a call to its own site is evidence of an acceptance, what it did before is none', async () => {
    const page = fakePage(bySaid)
    const ask = (path: string, text: string, parts: Partial<ObservedRequest> = { resourceType: 'fetch' }) => {
      const call = page.request(path, parts)
      page.send(call)
      page.respond(call, 200, text)
    }
    ask('/poll', 'good')
    const early = page.request('/earlier', { resourceType: 'fetch' })
    ask('/login', '', login)
    page.respond(early, 200, 'good')
    await vi.advanceTimersByTimeAsync(settling)
    expect(page.isObserved()).toBe(true)
    ask('/account', 'good')
    expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
  })

  test.each<[string, Partial<ObservedRequest>]>([
    ['a poll', { resourceType: 'fetch' }],
    ['a call to another site', { ...login, url: 'https://stats.test/collect' }],
    ['a beacon', { ...login, resourceType: 'ping' }],
  ])('%s is no submission, so its answer accepts nothing', async (_, parts) => {
    const page = fakePage(bySaid)
    const call = page.request('/status', parts)
    page.send(call)
    page.respond(call, 200, 'good')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome(page.watch)).toBe('not-submitted')
  })
})

test.each([
  ['holds the token', token, 'accepted by acceptedWhen'],
  ['holds another', 'another', 'not-submitted'],
])('a document that is asked for with a cookie that %s', async (_, value, expected) => {
  const cookies = [{ name: 'clearance', value, domain: 'site.test' }]
  const page = fakePage({ token, acceptedWhen: ({ status }) => status === 200, submissionTimeout: 5_000 }, cookies)
  const opened = page.request('/shop', { isNavigation: true, transition: async () => 'typed' })
  page.send(opened)
  page.respond(opened)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await outcome(page.watch)).toBe(expected)
})

test('a watch armed after the request had left recognises it by its answer', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  page.respond(page.submission(), 200, 'good')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('when the page goes, what had arrived is judged first, and what never comes is not waited for', async () => {
  const good = fakePage({ token, acceptedWhen: bodyIsGood })
  good.respond(good.submission(), 200, 'good')
  good.end('page-closed')
  expect(await outcome(good.watch)).toBe('accepted by acceptedWhen')

  const pending = fakePage({ token, acceptedWhen: bodyIsGood })
  pending.respond(pending.submission(), 200, new Promise<string>(() => {}))
  pending.end('page-closed')
  await vi.advanceTimersByTimeAsync(250)
  expect(await outcome(pending.watch)).toBe('page-closed')
  await vi.advanceTimersByTimeAsync(10)
  expect(vi.getTimerCount()).toBe(0)

  const crashed = fakePage({ token, acceptedWhen: bodyIsGood })
  crashed.end('page-crashed')
  expect(await outcome(crashed.watch)).toBe('page-crashed')
})

test("the user's word is the verdict at once, also while a predicate thinks", async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood })
  page.respond(page.submission(), 200, new Promise<string>(() => {}))
  page.watch.tell('rejected')
  expect(await outcome(page.watch)).toBe('rejected by user')
  page.watch.tell('accepted')
  page.watch.end('stopped')
  expect(await outcome(page.watch)).toBe('rejected by user')
})

test('a settled watch observes nothing and leaves no timer', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  expect(page.isObserved()).toBe(true)
  page.watch.end('stopped')
  expect(await outcome(page.watch)).toBe('stopped')
  await vi.advanceTimersByTimeAsync(10)
  expect(page.isObserved()).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})

test('a settled watch hears no more, though it still observes for a moment', async () => {
  const asked: string[] = []
  const page = fakePage({
    token,
    scope: 'page',
    acceptedWhen: ({ url, status }) => asked.push(url) > 0 && status === 200,
  })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(settling)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
  page.navigate('/dashboard')
  page.respond(page.request('/more'))
  expect(asked).toHaveLength(1)
})

test('frames of others are no evidence; the frame that submitted is', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const widget = {}
  const form = {}
  const submission = page.submission({ frame: form })
  page.send(submission)
  page.respond(submission)
  page.navigate('/dashboard', widget)
  expect(page.isObserved()).toBe(true)
  page.navigate('/dashboard', form)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('a verdict holds no token and no query value', async () => {
  const page = fakePage({ token, acceptedWhen: ({ kind }) => kind === 'navigation' })
  const login = page.request(`/login?t=${token}&user=ada`)
  page.send(login)
  page.respond(login)
  page.navigate(`/welcome/${'x'.repeat(60)}?user=ada`)
  await vi.advanceTimersByTimeAsync(settling)
  const verdict = await page.watch.verdict
  expect(String(verdict)).toBe(
    'accepted: acceptedWhen held, on navigation within the page https://site.test/welcome/…?user=…',
  )
  expect(JSON.stringify(verdict)).not.toMatch(new RegExp(`${token}|ada|xxx`))
})

test.each([
  ['in its path', `/verify/${token}/done`, 'https://site.test/verify/…/done'],
  ['in its path, escaped', `/verify/${token.replaceAll('-', '%2D')}`, 'https://site.test/verify/…'],
  ['as the name of a query value', `/verify?${token}`, 'https://site.test/verify?…'],
  ['in its fragment', `/verify#${token}`, 'https://site.test/verify#…'],
  ['as a value of its fragment', `/verify#access_token=${token}`, 'https://site.test/verify#access_token=…'],
])('a token that a URL has %s is not told', async (_, path, shown) => {
  const page = fakePage({ token, acceptedWhen: ({ kind }) => kind === 'navigation' })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  page.navigate(path)
  await vi.advanceTimersByTimeAsync(settling)
  expect(String(await page.watch.verdict)).toBe(`accepted: acceptedWhen held, on navigation within the page ${shown}`)
})

test('a token with slashes is not told, nor are the credentials of a URL', async () => {
  const token = 'a/token/of/many/parts'
  const page = fakePage({ token, acceptedWhen: ({ kind }) => kind === 'response' })
  const login = page.request('', { url: `https://ada:secret@site.test/verify/${token}` })
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(settling)
  const { why } = await page.watch.verdict
  expect(why.trail.join()).toContain('GET https://site.test/…, token in url')
  expect(why.trail.join()).not.toMatch(/many|secret/)
})

test('what a predicate throws or answers is for its user to see, and in no log', async () => {
  const threw = Object.assign(new TypeError(`no success in {"token":"${token}"}`), { body: token })
  const page = fakePage({
    token,
    acceptedWhen: () => {
      throw threw
    },
  })
  page.send(page.submission())
  page.respond(page.submission())
  page.end('page-closed')
  const verdict = await page.watch.verdict
  expect(verdict).toHaveProperty('cause', threw)
  expect(String(verdict)).toBe(
    'undecided (page-closed): the page was closed before a verdict: it threw TypeError: no success in {"…":"…"} (see verdict.cause); await `feedback.verdict`, or `settled(page)`, before you close the page',
  )
  expect(JSON.stringify(verdict)).not.toContain(token)

  const answering = fakePage({ token, acceptedWhen: (async () => `body ${token}`) as unknown as Predicate })
  answering.respond(answering.submission())
  await vi.advanceTimersByTimeAsync(30_000)
  expect(String(await answering.watch.verdict)).toBe(
    'undecided (predicate-error): a predicate gave no answer: a predicate must return true or false, got a string of 32 characters; `verdict.why.trail` shows on what evidence',
  )
})

test('a document whose response is told after its navigation is judged as one, in its place', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood, rejectedWhen: ({ url }) => url.endsWith('/later') })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  const next = page.request('/next', { isNavigation: true })
  page.send(next)
  page.navigate('/next')
  page.navigate('/later')
  page.respond(next, 200, 'good')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('a document whose response is never told is a navigation all the same', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  page.send(page.request('/dashboard', { isNavigation: true }))
  page.navigate('/dashboard')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
  await vi.advanceTimersByTimeAsync(10)
  expect(vi.getTimerCount()).toBe(0)
})

test('a request that may be of another page is followed by its token, and by nothing else', async () => {
  const told = fakePage({ token, scope: 'page', acceptedWhen: bodyIsGood })
  const untold = fakePage({ acceptedWhen: bodyIsGood })
  for (const page of [told, untold]) {
    const popup = page.submission({ isUnattributed: true, frame: undefined, body: `g-recaptcha-response=${token}` })
    page.send(page.submission({ body: undefined, isUnattributed: true }))
    page.send(popup)
    page.respond(page.request('/other', { isUnattributed: true }), 200, 'good')
    page.respond(popup, 200, 'good')
  }
  await vi.advanceTimersByTimeAsync(settling)
  const verdict = await told.watch.verdict
  expect(verdict.kind).toBe('accepted')
  expect(verdict.why.trail.at(-1)).toContain('/login')
  expect(untold.isObserved()).toBe(true)
})

describe('what left before the watch was armed', () => {
  test('is known by its failure too, after which a refusal may be of the token that is spent', async () => {
    const page = fakePage({ token, acceptedWhen: atDashboard, rejectedWhen: ({ status }) => status === 422 })
    page.fail(page.submission({ isNavigation: true }))
    const again = page.submission({ isNavigation: true })
    page.send(again)
    page.respond(again, 422)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe('site-error')
  })

  test('tells nothing of what shows on the page', async () => {
    const asked = { token, acceptedWhen: async () => true }
    const [late, inTime] = [fakePage(asked), fakePage(asked)]
    const answer = { late: late.submission(), inTime: inTime.submission() }
    inTime.send(answer.inTime)
    late.respond(answer.late)
    inTime.respond(answer.inTime)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(late.watch)).toBe('predicate-error')
    expect(await outcome(inTime.watch)).toBe('accepted by acceptedWhen')
  })

  test.each([
    { body: 'g-recaptcha-response=another-token-as-long' },
    { body: '', headers: { 'x-captcha': 'another' } },
  ])('may have been followed by another token, of which the answer is (%j)', async (parts) => {
    const page = fakePage({ token, scope: 'page', acceptedWhen: bodyIsGood })
    const other = page.request('/login', { method: 'POST', ...parts })
    page.send(other)
    const own = parts.headers ? { body: '', headers: { 'x-captcha': token } } : {}
    page.respond(page.submission(own), 422, 'bad')
    page.respond(other, 200, 'good')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })

  test('may have been followed by another token, whose answer was seen first', async () => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const other = page.request('/login', { method: 'POST', body: 'g-recaptcha-response=another-token-as-long' })
    page.send(other)
    page.respond(other, 204)
    page.respond(page.submission(), 204)
    page.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })

  test('opened a popup whose answer is of something else', async () => {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission()
    page.send(login)
    page.respond(login, 204)
    page.respond(page.request('/login', { isUnattributed: true, isNavigation: true, frame: undefined }), 302)
    page.popup('/dashboard')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })
})

describe('without a token, an answer to what left before the watch was armed', () => {
  const field = `g-recaptcha-response=${token}`
  async function afterOwn(then: (page: ReturnType<typeof fakePage>, own: ObservedRequest) => void) {
    const page = fakePage({ acceptedWhen: atDashboard, rejectedWhen: ({ status }) => status === 422 })
    const own = page.submission({ body: field })
    page.send(own)
    page.respond(page.submission({ body: field }), 200)
    then(page, own)
    await vi.advanceTimersByTimeAsync(60_000)
    return outcome(page.watch)
  }

  test('may have spent the token', async () => {
    expect(await afterOwn((page, own) => page.respond(own, 422))).toBe('no-match')
  })

  test('may lead the page somewhere', async () => {
    const then = (page: ReturnType<typeof fakePage>, own: ObservedRequest) => {
      page.respond(own, 204)
      page.navigate('/dashboard')
    }
    expect(await afterOwn(then)).toBe('no-match')
  })
})

describe('a popup', () => {
  const asked: WatchOptions = { token, acceptedWhen: atDashboard, rejectedWhen: ({ url }) => url.endsWith('?error') }

  test.each([
    ['/dashboard', 'accepted by acceptedWhen'],
    ['/login?error', 'rejected by rejectedWhen'],
  ])('shows the answer to the form that was sent to it: %s', async (path, expected) => {
    const page = fakePage(asked)
    const form = page.submission({ isUnattributed: true, isNavigation: true, frame: undefined })
    page.send(form)
    page.respond(form, 302)
    page.popup(path)
    expect(await outcome(page.watch)).toBe(expected)
  })

  test.each([
    ['/dashboard', 'accepted by acceptedWhen'],
    ['/login?error', 'no-match'],
  ])('may have sent the token once more, where its form was not seen: %s', async (path, expected) => {
    const page = fakePage(asked)
    const login = page.submission()
    page.send(login)
    page.respond(login, 204)
    page.popup(path)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe(expected)
  })

  test.each([{ frame: {} }, { frame: undefined }])(
    'is not the answer to a form that was sent to another: %s',
    async ({ frame }) => {
      const page = fakePage(asked)
      const form = page.submission({ isUnattributed: true, isNavigation: true, frame })
      page.send(form)
      page.popup('/login', frame)
      page.respond(form, 200)
      page.popup('/dashboard')
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await outcome(page.watch)).toBe('no-match')
    },
  )

  test('may belong to an earlier token, where the submission had left before the watch was armed', async () => {
    const page = fakePage(asked)
    page.respond(page.submission(), 204)
    page.popup('/dashboard')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })
})

test('what shows once another watch took over is about that one', async () => {
  const shown = Promise.withResolvers<boolean>()
  const page = fakePage({ submittedWhen: ({ method }) => method === 'POST', acceptedWhen: () => shown.promise })
  const login = page.submission()
  page.send(login)
  page.respond(login)
  page.watch.end('superseded')
  shown.resolve(true)
  expect(await outcome(page.watch)).toBe('superseded')
})

test('without a token, what a later page sends is another submission', async () => {
  const page = fakePage({
    submittedWhen: ({ method }) => method === 'POST',
    acceptedWhen: ({ status }) => status === 200,
  })
  const [first, second] = [page.submission({ resourceType: 'fetch' }), page.submission({ resourceType: 'fetch' })]
  page.send(first)
  page.send(page.request('/login', { isNavigation: true }))
  page.send(second) // before it is known who opened that page
  page.respond(second)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await outcome(page.watch)).toBe('no-answer')
})

describe('without a token, what was not answered may be sent again, and is not taken for the next one’s', () => {
  const options = { submittedWhen: ({ method }: { method: string }) => method === 'POST', acceptedWhen: atDashboard }
  const challenge = { headers: { 'cf-mitigated': 'challenge' } }

  /** The outcome of the next watch on the page, if a form is sent and leads to the dashboard. */
  async function next({ mainFrame }: ReturnType<typeof fakePage>) {
    const page = fakePage(options, [], mainFrame)
    const login = page.submission({ isNavigation: true })
    page.send(login)
    page.respond(login, 200, '', { url: 'https://site.test/dashboard' })
    page.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(200_000)
    return await outcome(page.watch)
  }

  test.each<[string, string, (page: ReturnType<typeof fakePage>) => void]>([
    [
      'a wall stood in front',
      'not-submitted',
      (page) => {
        const login = page.submission({ isNavigation: true })
        page.send(login)
        page.respond(login, 403, '', challenge)
        page.watch.end('superseded')
      },
    ],
    [
      'a wall stood in front of the first of two, and the second was accepted',
      'not-submitted',
      (page) => {
        const [first, second] = [page.submission(), page.submission({ isNavigation: true })]
        page.send(first)
        page.send(second)
        page.respond(first, 403, '', challenge)
        page.respond(second, 200, '', { url: 'https://site.test/dashboard' })
        page.navigate('/dashboard')
      },
    ],
    [
      'there was no answer',
      'not-submitted',
      (page) => {
        page.send(page.submission({ isNavigation: true }))
        page.watch.end('superseded')
      },
    ],
    [
      'it was told only when the watch had ended',
      'not-submitted',
      (page) => {
        page.watch.end('superseded')
        page.sendLate(page.submission({ isNavigation: true }))
      },
    ],
    [
      'it was answered',
      'accepted by acceptedWhen',
      (page) => {
        const login = page.submission({ isNavigation: true })
        page.send(login)
        page.respond(login, 200, '', { url: 'https://site.test/dashboard' })
        page.navigate('/dashboard')
      },
    ],
  ])('%s: %s', async (_, expected, happen) => {
    const page = fakePage(options)
    happen(page)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await next(page)).toBe(expected)
  })

  test.each([
    ['not answered', undefined],
    ['stopped by a wall', 403],
  ])('nor is the next one’s taken for what was %s, while both are open', async (_, status) => {
    const page = fakePage(options)
    const login = page.submission()
    page.send(login)
    if (status) page.respond(login, status, '', challenge)
    const second = fakePage(options, [], page.mainFrame)
    const another = page.submission({ resourceType: 'fetch' })
    for (const each of [page, second]) each.send(another)
    for (const each of [page, second]) each.respond(another)
    for (const each of [page, second]) each.navigate('/dashboard')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome(page.watch)).toBe(status ? 'site-error' : 'no-answer')
  })
})

test('a page that shows success before each answer shows nothing while one is missing', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const [draft, login] = ['/draft', '/login'].map((path) =>
    page.submission({ url: `https://site.test${path}`, resourceType: 'fetch' }),
  ) as [ObservedRequest, ObservedRequest]
  page.send(draft)
  page.respond(draft, 204)
  page.send(login)
  page.navigate('/dashboard')
  page.fail(login)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await outcome(page.watch)).toBe('site-error')
})

test('a document is shown with its answer, though its script went on before that was told', async () => {
  const page = fakePage({ token, acceptedWhen: ({ kind, status }) => kind === 'navigation' && status === 200 })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.respond(login, 200)
  page.send(page.request('/next', { isNavigation: true }))
  page.navigate('/login')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('the answer to an earlier document, told late, is not that of the next', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard, rejectedWhen: ({ status }) => status === 422 })
  page.respond(page.request('/login', { method: 'POST', isNavigation: true }), 422)
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.navigate('/login')
  page.respond(login, 302)
  const next = page.request('/dashboard', { chain: login.chain, isNavigation: true })
  page.respond(next, 200)
  page.navigate('/dashboard')
  expect(await outcome(page.watch)).toBe('accepted by acceptedWhen')
})

test('a page that shows success before another request takes the token has shown it for nothing', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const draft = page.submission({ url: 'https://site.test/draft', resourceType: 'fetch' })
  page.send(draft)
  page.respond(draft, 204)
  page.navigate('/dashboard')
  const login = page.submission({ resourceType: 'fetch' })
  page.send(login)
  page.fail(login)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await outcome(page.watch)).toBe('site-error')
})

test('without a token, a call that was sent twice at once is refused for the second', async () => {
  const refused: Predicate = async ({ text }) => (await text()) === 'refused'
  const page = fakePage({ acceptedWhen: bodyIsGood, rejectedWhen: refused })
  const draft = page.request('/draft', { method: 'POST', resourceType: 'fetch', body: `g-recaptcha-response=${token}` })
  page.send(draft)
  page.respond(draft, 204)
  const calls = ['a', 'a'].map((name) =>
    page.request('/call', { method: 'POST', resourceType: 'fetch', body: `{"n":"${name}"}` }),
  )
  for (const call of calls) page.send(call)
  for (const call of calls) page.respond(call, 422, 'refused')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

describe('whatever happens, in whatever order', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('submit' as const), answer: fc.constantFrom(200, 302, 403, 500, undefined) }),
    fc.record({ kind: fc.constant('respond' as const), body: fc.constantFrom('good', 'bad', 'neither') }),
    fc.record({ kind: fc.constant('navigate' as const), path: fc.constantFrom('/dashboard', '/login', '/error') }),
    fc.record({ kind: fc.constant('fail' as const) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ kind: fc.constantFrom('page-closed' as const, 'page-crashed' as const) }),
  )
  const steps = fc.array(step, { maxLength: 12 })

  /** Plays the steps. Each answer of a predicate takes the next of `delays`, in ms. */
  async function play(sequence: typeof steps extends fc.Arbitrary<infer T> ? T : never, delays: readonly number[]) {
    let asked = 0
    const slowly = async (answer: boolean | Promise<boolean>) => {
      const delay = delays[asked++ % delays.length] ?? 0
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
      return answer
    }
    const says = (wanted: string) => async (text: () => Promise<string>) => (await text().catch(() => '')) === wanted
    const page = fakePage({
      token,
      scope: 'page',
      acceptedWhen: ({ url, text }) => slowly(url.endsWith('/dashboard') || says('good')(text)),
      rejectedWhen: ({ url, text }) => slowly(url.endsWith('/error') || says('bad')(text)),
    })
    const verdicts: Verdict[] = []
    void page.watch.verdict.then((verdict) => verdicts.push(verdict))
    let submitted = false
    let last = page.submission()
    for (const step of sequence) {
      if (step.kind === 'submit') {
        submitted = true
        last = page.submission()
        page.send(last)
        if (step.answer) page.respond(last, step.answer, 'neither')
      }
      if (step.kind === 'respond') page.respond(page.request('/api'), 200, step.body)
      if (step.kind === 'navigate') page.navigate(step.path)
      if (step.kind === 'fail') {
        submitted = true
        page.fail(last)
      }
      if (step.kind === 'wait') await vi.advanceTimersByTimeAsync(step.ms)
      if (step.kind === 'page-closed' || step.kind === 'page-crashed') page.end(step.kind)
    }
    await vi.advanceTimersByTimeAsync(200_000)
    expect(page.isObserved()).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
    expect(verdicts).toHaveLength(1)
    return { submitted, verdict: await outcome(page.watch) }
  }

  test('there is one verdict, and none of acceptance or rejection without a submission', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { submitted, verdict } = await play(sequence, [0])
        if (!submitted) expect(verdict).toMatch(/^(not-submitted|page-closed|page-crashed)$/)
      }),
      { numRuns: 300 },
    )
  })

  test('how long predicates take changes nothing, while they keep their time', async () => {
    const open = steps.map((all) => all.filter(({ kind }) => kind !== 'page-closed' && kind !== 'page-crashed'))
    const delays = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(open, delays, async (sequence, delays) => {
        expect(await play(sequence, delays)).toEqual(await play(sequence, [0]))
      }),
      { numRuns: 200 },
    )
  })
})

describe('an acceptance by the URL alone', () => {
  /** The site answers the call, and its script shows the dashboard. */
  async function shown(more: (page: ReturnType<typeof fakePage>) => void | Promise<void>): Promise<string> {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission({ resourceType: 'fetch' })
    page.send(login)
    page.respond(login)
    page.navigate('/dashboard')
    await more(page)
    return outcome(page.watch)
  }
  /** The script asks who is signed in. */
  async function askedFor(page: ReturnType<typeof fakePage>, ms: number) {
    const session = page.request('/session', { resourceType: 'fetch' })
    page.send(session)
    await vi.advanceTimersByTimeAsync(ms)
    page.respond(session)
  }

  test('waits for the calls of the page, which may lead back', async () => {
    const back = async (page: ReturnType<typeof fakePage>) => {
      await askedFor(page, 700)
      page.navigate('/')
      await vi.advanceTimersByTimeAsync(30_000)
    }
    expect(await shown(back)).toBe('no-match')
    expect(await shown((page) => askedFor(page, 700))).toBe('accepted by acceptedWhen')
  })

  test('does not wait for ever', async () => {
    expect(await shown((page) => page.send(page.request('/stream', { resourceType: 'fetch' })))).toBe(
      'accepted by acceptedWhen',
    )
  })

  /** The form's answer redirects to a document. */
  function document(path: string, status = 200) {
    const page = fakePage({ token, acceptedWhen: atDashboard })
    const login = page.submission({ isNavigation: true })
    page.send(login)
    page.respond(login, 302, '', { headers: { location: path } })
    const next = { ...login, url: `https://site.test${path}`, method: 'GET', body: undefined, native: {} }
    page.send(next)
    page.respond(next, status)
    page.navigate(path)
    return page
  }

  test('ends where a document leads back to the page that submitted, not where the crawler goes on', async () => {
    const back = document('/dashboard')
    back.navigate('/?next=/dashboard2')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(back.watch)).toBe('no-match')

    const on = document('/dashboard')
    const opened = on.request('/orders', { isNavigation: true, headers: { 'sec-fetch-site': 'none' } })
    on.send(opened)
    on.respond(opened)
    on.navigate('/orders')
    expect(await outcome(on.watch)).toBe('accepted by acceptedWhen')
  })

  test.each([401, 403])('is none on a page that the server does not show: %i', async (status) => {
    const page = document('/dashboard', status)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await outcome(page.watch)).toBe('no-match')
  })
})

test('one address that checks a form and takes it are two: a good check does not outweigh the refusal', async () => {
  const page = fakePage({ token, acceptedWhen: bodyIsGood, rejectedWhen: async ({ text }) => (await text()) === 'bad' })
  for (const [action, answer] of [
    ['validate', 'good'],
    ['submit', 'bad'],
  ]) {
    const call = page.submission({ resourceType: 'fetch', body: `action=${action}&t=${token}` })
    page.send(call)
    page.respond(call, 200, answer)
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(await outcome(page.watch)).toBe('conflict')
})

test('a further form after a captcha that was shown again may hold the answer to that', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const login = page.submission({ isNavigation: true })
  page.send(login)
  page.respond(login, 200, '<form><input name="captcha"></form>', { headers: { 'content-type': 'text/html' } })
  page.navigate('/login')
  await vi.advanceTimersByTimeAsync(3_000)
  const again = page.request('/login', { method: 'POST', body: 'captcha=x7k2', isNavigation: true })
  page.send(again)
  page.respond(again)
  page.navigate('/dashboard')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

test('a page that the crawler loads while a script sets its URL is the crawler’s', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard, silence: 'rejected' })
  const login = page.submission({ resourceType: 'fetch' })
  page.send(login)
  page.respond(login)
  const reload = page.request('/login', { isNavigation: true, headers: { 'sec-fetch-site': 'none' } })
  page.send(reload)
  page.navigate('/dashboard')
  await vi.advanceTimersByTimeAsync(6)
  page.respond(reload)
  await vi.advanceTimersByTimeAsync(3)
  page.navigate('/login')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await outcome(page.watch)).toBe('no-match')
})

test('the trail says what made a request the submission, where it is not the token', async () => {
  const page = fakePage({ submittedWhen: ({ url }) => url.endsWith('/login'), acceptedWhen: () => true })
  const login = page.request('', { url: 'https://site.test/login' })
  page.send(login)
  page.respond(login)
  await vi.advanceTimersByTimeAsync(settling)
  const { why } = await page.watch.verdict
  expect(why.trail[0]).toContain('https://site.test/login, by submittedWhen')
})

test('what a page tells at the very moment of arming does not keep time from running out', async () => {
  const page = fakePage({ token, acceptedWhen: atDashboard })
  const told = page.request('/style.css', { method: 'GET' })
  const source = {
    page: {},
    url: () => 'https://site.test/',
    observe(observer: Observer) {
      observer.request(told)
      return () => {}
    },
  }
  const options = checkOptions('test', watchOptions, { token, acceptedWhen: atDashboard })
  const watch = watchPage(source, options, systemClock)
  await vi.advanceTimersByTimeAsync(200_000)
  expect(await outcome(watch)).toBe('not-submitted')
})

test('a refusal in a page that shows another message contradicts an acceptance, and rejects nothing', async () => {
  const play = async (acceptedWhen: Predicate) => {
    const page = fakePage({ token, acceptedWhen, rejectedWhen: captchaRefused() }, [], undefined, {
      rendered: 'Name is taken',
    })
    const login = page.submission({ isNavigation: true, transition: async () => 'form_submit' })
    page.send(login)
    page.respond(login, 200, '<p>The captcha is incorrect.</p>', { headers: { 'content-type': 'text/html' } })
    page.navigate('/login')
    await vi.advanceTimersByTimeAsync(32_000)
    return outcome(page.watch)
  }
  expect(await play(async ({ text }) => (await text()).includes('<p>'))).toBe('conflict')
  expect(await play(atDashboard)).toBe('no-match')
})

test('what the page said when the watch was armed refuses nothing', async () => {
  const warning = '<p class="error">Wrong captcha: please try again.</p>'
  const play = async (said: string) => {
    const page = fakePage({ token, acceptedWhen: atDashboard }, [], undefined, { html: `<form></form>${warning}` })
    await vi.advanceTimersByTimeAsync(0)
    const login = page.submission({ resourceType: 'fetch' })
    page.send(login)
    page.respond(login, 200, `${warning}<p>${said}</p>`, { headers: { 'content-type': 'text/html' } })
    await vi.advanceTimersByTimeAsync(32_000)
    return outcome(page.watch)
  }
  expect(await play('That name is taken.')).toBe('no-match')
  expect(await play('The captcha is incorrect.')).toBe('rejected by rejectedWhen')
})

test('what the page shows and then takes back is no acceptance', async () => {
  let isShown = true
  const play = async (ms: number) => {
    isShown = true
    const page = fakePage({ token, acceptedWhen: async () => isShown })
    const login = page.submission({ resourceType: 'fetch' })
    page.send(login)
    page.respond(login, 422)
    await vi.advanceTimersByTimeAsync(ms)
    isShown = false
    await vi.advanceTimersByTimeAsync(32_000)
    return outcome(page.watch)
  }
  expect(await play(20)).toBe('no-match')
  expect(await play(1_000)).toBe('accepted by acceptedWhen')
})
