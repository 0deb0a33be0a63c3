/**
 * How hosts differ in what they report about a page, and why. If a host can't see something, the verdict must be
 * undecided, never wrong.
 */
export const capabilities = {
  pages:
    'A plain call has no page: no script runs, nothing is visible, no URL stays, and no body over 8 MiB is read. Where a page leaves open what a URL shows, a call may know.',
  newTabs: 'Puppeteer reports a new tab only after its first navigation, which is the submission.',
  popups:
    'Puppeteer, and Playwright with Firefox, report a popup that opens empty only after its first navigation, which is the submission.',
  openedPages: 'Only Firefox attributes the document of a new tab to the page that opened it.',
  blobBodies: 'Playwright has no API for a body that is, or contains, a Blob.',
  fileForms: "Chromium does not report the body of a form's navigation if it contains a file.",
  streamedBodies: 'Chromium does not report a body that the page streams. In Firefox, no page can stream one.',
  rewrittenBodies: "Puppeteer reports a request's body as the page made it, not as the user's interception rewrote it.",
  scriptURLs: 'A HAR does not contain URLs that a script sets.',
  endings: 'A HAR does not show when the page was closed or the watch stopped.',
  removals: "A HAR contains requests even after the crawler has removed the page's listeners.",
  lostBodies: "Playwright's HAR may lack the body of an answer if the page went on at once.",
  workerRedirects: 'Patchright does not report a form whose redirect comes through a service worker.',
  appSchemes: 'Patchright does not report a redirect to the scheme of an app.',
  ownReloads: 'Firefox reports a page that reloads itself or goes back as one that the crawler opened.',
  openers:
    'If a page has no TLS or comes from the cache, and there is no referrer, neither Firefox nor a HAR shows who opened it.',
  hiddenHeaders: "If the crawler intercepts requests, Playwright's HAR lacks the header that shows who opened a page.",
  crashes: 'Pages do not crash in Firefox, and Puppeteer reports no crash there.',
} as const

export type Capability = keyof typeof capabilities
