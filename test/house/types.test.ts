/** What compiles, and what does not: checked by `tsc`, run by nobody. */
import { type RegotchaFeedback, withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import type { Page as PatchrightPage } from 'patchright-core'
import type { BrowserContext, Frame, Page, Response } from 'playwright'
import type { HTTPResponse, Frame as PuppeteerFrame, Page as PuppeteerPage } from 'puppeteer'
import type { HTTPResponse as HTTPResponse24, Page as Puppeteer24Page } from 'puppeteer-24'
import { withRegotchaFeedback as withPuppeteer } from 'puppeteer-extra-plugin-regotcha-feedback'
import { expectTypeOf, test } from 'vitest'

declare const playwright: Page
declare const puppeteer: PuppeteerPage
declare const patchright: PatchrightPage
declare const puppeteer24: Puppeteer24Page

test("the evidence's native object has the type of the user's own library", () => {
  void (() => {
    const watched = withPlaywright(playwright, 'task', {
      acceptedWhen({ kind, native }, page) {
        expectTypeOf(page).toEqualTypeOf<Page>()
        if (kind === 'response') expectTypeOf(native).toEqualTypeOf<Response>()
        else expectTypeOf(native).toEqualTypeOf<Frame>()
        return true
      },
    })
    expectTypeOf(watched).toExtend<Page>()
    withPuppeteer(puppeteer, 'task', {
      acceptedWhen({ kind, native }) {
        if (kind === 'response') expectTypeOf(native).toEqualTypeOf<HTTPResponse>()
        else expectTypeOf(native).toEqualTypeOf<PuppeteerFrame>()
        return true
      },
    })
  })
})

test('pages of forks and of other majors are taken as they are', () => {
  void (() => {
    expectTypeOf(withPlaywright(patchright, 'task', { acceptedWhen: () => true })).toExtend<PatchrightPage>()
    withPuppeteer(puppeteer24, 'task', {
      acceptedWhen({ kind, native }) {
        if (kind === 'response') expectTypeOf(native).toEqualTypeOf<HTTPResponse24>()
        return true
      },
    })
  })
})

test('a browser or context is watched as a whole, with the types of its pages', () => {
  void (() => {
    const watched = withPlaywright(playwright.context(), {
      acceptedWhen(_, page) {
        expectTypeOf(page).toEqualTypeOf<Page>()
        return true
      },
    })
    expectTypeOf(watched).toExtend<BrowserContext>()
    watched.feedback.solved({ taskId: 'task', token: 'token' })
    const { feedback } = withPuppeteer(puppeteer.browser(), {
      acceptedWhen(_, page) {
        expectTypeOf(page).toEqualTypeOf<PuppeteerPage>()
        return true
      },
    })
    expectTypeOf(feedback).toEqualTypeOf<RegotchaFeedback>()
    // @ts-expect-error a browser of the other library
    withPlaywright(puppeteer.browser(), { acceptedWhen: () => true })
    // @ts-expect-error a context of the other library
    withPuppeteer(playwright.context(), { acceptedWhen: () => true })
    // @ts-expect-error a token, where any page may submit one
    withPlaywright(playwright.context(), { acceptedWhen: () => true, token: 'token' })
    // @ts-expect-error no token
    feedback.solved({ taskId: 'task' })
  })
})

test('what is wrong does not compile', () => {
  void (() => {
    const acceptedWhen = () => true
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
  })
})
