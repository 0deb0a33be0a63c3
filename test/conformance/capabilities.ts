/**
 * How hosts differ in what they report about a page, and why. If a host can't see something, the verdict must be
 * undecided, never wrong.
 */
export const capabilities = {
  pages:
    'A plain call has no page: no script runs, nothing is visible, no URL stays, and no body over 8 MiB is read. Where a page leaves it open what a URL shows, a call may know.',
  newTabs: 'Puppeteer tells of a new tab only after its first navigation, which is the submission.',
  popups:
    'Puppeteer, and Playwright with Firefox, tell of a popup that is opened empty only when it has navigated, which is the submission.',
  openedPages: "Only Firefox tells of the document that a page opens in a new tab as of that page's.",
  blobBodies: 'Playwright has no API for a body that is a Blob or holds one.',
  fileForms: "Chromium tells nobody the body of a form's navigation that holds a file.",
  streamedBodies: 'Chromium tells nobody a body that the page streams; in Firefox no page can.',
  rewrittenBodies: "Puppeteer tells a request's body as the page made it, not as the user's interception rewrote it.",
  scriptURLs: "A HAR does not tell of URLs that the page's script sets.",
  endings: 'A HAR does not tell when the page was closed, or the watch stopped.',
  removals: "A HAR tells of requests also when the crawler has removed the page's listeners.",
  lostBodies: 'A HAR of Playwright may hold no body of an answer after which the page went on at once.',
  workerRedirects: 'Patchright does not tell of a form whose redirect comes through a service worker.',
  appSchemes: 'Patchright does not tell of a redirect to a scheme that an app is to take over.',
  ownReloads: 'Firefox tells of a page that reloads itself, or goes back, as of what the crawler opened.',
  openers:
    'Of a page without TLS or from the cache, and without a referrer, neither Firefox nor a HAR tells who opened it.',
  hiddenHeaders:
    'Where the crawler intercepts, a HAR of Playwright does not hold the header that tells who opened a page.',
  crashes: 'Firefox has no page that crashes, and Puppeteer tells of none there.',
} as const

export type Capability = keyof typeof capabilities
