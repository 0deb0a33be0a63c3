/** What a user's TypeScript accepts of the adapters, and what it refuses: compiled, run by nobody. */
import { type RegotchaFeedback, withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import { withRegotchaFeedback as withPuppeteer } from '@regotcha-feedback/puppeteer'
import type { Page as PatchrightPage } from 'patchright-core'
import type { BrowserContext, Frame, Page, Response } from 'playwright'
import type {
  HTTPResponse,
  Browser as PuppeteerBrowser,
  Frame as PuppeteerFrame,
  Page as PuppeteerPage,
} from 'puppeteer'
import type { Browser as Browser24, HTTPResponse as HTTPResponse24, Page as Puppeteer24Page } from 'puppeteer-24'
import { regotchaFeedback } from 'puppeteer-extra-plugin-regotcha-feedback'

declare const playwright: Page
declare const patchright: PatchrightPage
declare const puppeteer: PuppeteerPage
declare const puppeteer24: Puppeteer24Page

const acceptedWhen = () => true

/** Compiles where both types are the same, and not even `any` in one of them. */
function same<A, B>(..._: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]) {}

/** The evidence's native object has the type of the user's own library. */
export function natives() {
  withPlaywright(playwright, 'task', {
    acceptedWhen({ kind, native }, page) {
      same<typeof page, Page>()
      if (kind === 'response') same<typeof native, Response>()
      else same<typeof native, Frame>()
      return true
    },
  })
  withPuppeteer(puppeteer, 'task', {
    acceptedWhen({ kind, native }, page) {
      same<typeof page, PuppeteerPage>()
      if (kind === 'response') same<typeof native, HTTPResponse>()
      else same<typeof native, PuppeteerFrame>()
      return true
    },
  })
  withPuppeteer(puppeteer24, 'task', {
    acceptedWhen({ kind, native }) {
      if (kind === 'response') same<typeof native, HTTPResponse24>()
      return true
    },
  })
  // @ts-expect-error so that `same` is seen to tell
  same<Response, HTTPResponse>()
}

/** Pages, contexts and browsers stay what they are, of each library and major, with the watch beside. */
export function hosts(context: BrowserContext, browser: PuppeteerBrowser, browser24: Browser24): readonly unknown[] {
  const page: Page = withPlaywright(playwright, 'task', { acceptedWhen })
  const fork: PatchrightPage = withPlaywright(patchright, 'task', { acceptedWhen })
  const of25: PuppeteerPage = withPuppeteer(puppeteer, 'task', { acceptedWhen })
  const of24: Puppeteer24Page = withPuppeteer(puppeteer24, 'task', { acceptedWhen })
  const { feedback } = withPlaywright(playwright, 'task', { acceptedWhen })
  const verdict: Promise<string> = feedback.verdict.then(({ kind }) => kind)

  const watched = withPlaywright(context, {
    acceptedWhen(_, page) {
      same<typeof page, Page>()
      return true
    },
  })
  watched.feedback.solved({ taskId: 'task', token: 'token' })
  const whole: RegotchaFeedback = withPuppeteer(browser, {
    acceptedWhen(_, page) {
      same<typeof page, PuppeteerPage>()
      return true
    },
  }).feedback
  const { feedback: ofPlugin } = puppeteer.regotchaFeedback('task', {
    acceptedWhen({ kind, native }) {
      if (kind === 'response') same<typeof native, HTTPResponse>()
      return true
    },
  })
  const whole24: Browser24 = withPuppeteer(browser24, { acceptedWhen })
  return [page, fork, of25, of24, verdict, watched satisfies BrowserContext, whole, ofPlugin, whole24]
}

export function wrong(context: BrowserContext, browser: PuppeteerBrowser, feedback: RegotchaFeedback) {
  // @ts-expect-error a page of the other library
  withPlaywright(puppeteer, 'task', { acceptedWhen })
  // @ts-expect-error a page of the other library
  withPuppeteer(playwright, 'task', { acceptedWhen })
  // @ts-expect-error no predicate
  withPlaywright(playwright, 'task', {})
  // @ts-expect-error an unknown option
  withPlaywright(playwright, 'task', { acceptedWhen, rejectWhen: acceptedWhen })
  // @ts-expect-error a predicate that answers neither true nor false
  withPlaywright(playwright, 'task', { acceptedWhen: ({ url }) => url })
  // @ts-expect-error a task id that is a number
  withPlaywright(playwright, 7, { acceptedWhen })
  // @ts-expect-error a browser of the other library
  withPlaywright(browser, { acceptedWhen })
  // @ts-expect-error a context of the other library
  withPuppeteer(context, { acceptedWhen })
  // @ts-expect-error a token, where any page may submit one
  withPlaywright(context, { acceptedWhen, token: 'token' })
  // @ts-expect-error no token
  feedback.solved({ taskId: 'task' })
  // @ts-expect-error an unknown option
  regotchaFeedback({ acceptWhen: acceptedWhen })
}
