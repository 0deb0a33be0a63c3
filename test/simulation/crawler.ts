/** Crawlers: how they arm a watch, submit, wait, and misbehave. */
import fc from 'fast-check'
import type { Verdict } from '../../packages/core/src/inference/verdict.ts'
import type { ObservedRequest, Source } from '../../packages/core/src/page/source.ts'
import type { Predicate } from '../../packages/core/src/predicates/predicate.ts'
import type { PageWatch } from '../../packages/core/src/watch/page-watch.ts'
import type { Tab } from './browser.ts'
import type { Core } from './core.ts'
import type { Host } from './host.ts'
import { mostly } from './odds.ts'
import { home } from './site.ts'
import type { Time } from './time.ts'
import type { Token, Vendor } from './vendor.ts'

export const crawlers = fc.record({
  /** By what the watch knows the submission. */
  knows: fc.constantFrom('token', 'token', 'token and submittedWhen', 'submittedWhen', 'neither', 'lookout'),
  /** By what the watch of another token on the same page does. */
  knowsNext: mostly('the same', 'token', 'submittedWhen', 'neither'),
  scope: mostly('default', 'page'),
  arms: mostly('before', 'late'),
  edits: fc.boolean(),
  clicks: mostly('once', 'twice'),
  /** From the token's injection to the click, in ms. */
  hesitates: mostly(80, 2_000, 34_000),
  next: mostly(
    'waits',
    'sends the same token again',
    'sends another token',
    'goes to the page of success',
    'goes elsewhere',
    'goes to an empty page',
    'reloads',
    'closes',
    'crashes',
  ),
  /** When it does, in ms after the click. */
  nextAfter: fc.constantFrom(15_000, 5_000, 400, 40),
  /** Whether the same is done on another page of the same browser meanwhile, with a token of its own. */
  hasSecondPage: mostly(false, true),
})

export type CrawlerTraits = typeof crawlers extends fc.Arbitrary<infer T> ? T : never

type Knows = CrawlerTraits['knows']

/** By what the watches of one page know their submissions, the first one first. */
export const knowsOf = ({ knows, knowsNext, next }: CrawlerTraits): readonly [Knows, ...Knows[]] =>
  next === 'sends another token' ? [knows, knowsNext === 'the same' ? knows : knowsNext] : [knows]

/** What the user asks, and when both predicates first held on one piece of evidence. */
export interface Asked {
  readonly predicates: { readonly acceptedWhen: Predicate; readonly rejectedWhen?: Predicate | undefined }
  contradictedAt(): number
}

export interface Armed {
  readonly token: Token
  readonly watch: PageWatch
  readonly asked: Asked
  verdict?: Verdict
  at?: number
}

interface Run {
  readonly core: Core
  readonly time: Time
  readonly host: Host
  readonly vendor: Vendor
  readonly newTab: () => Tab
  /** Of one watch, or of one lookout. */
  readonly ask: () => Asked
  readonly isSilenceRejection: boolean
  /** Whether each token is good, in the order in which they are bought. */
  readonly goods: readonly boolean[]
  log(line: string): void
}

const isSubmission = ({ url }: ObservedRequest) => url.startsWith(`${home}/submit`)

export function createCrawler(traits: CrawlerTraits, run: Run) {
  const { core, time, host, vendor, newTab, log } = run
  const armed: Armed[] = []
  const tabs: Tab[] = []
  /** By tab: the watch that knows no token. */
  const untold = new Map<Tab, PageWatch>()
  const askedOfAll = run.ask()
  const lookout = core.createTokenWatcher(time)
  let openings: ((source: Source) => void)[] = []

  const options = {
    ...(traits.scope === 'page' && { scope: 'page' as const }),
    ...(run.isSilenceRejection && { silence: 'rejected' }),
  }

  function arm(tab: Tab, token: Token, knows: Knows): void {
    log(`crawler: arms a watch (${knows}) for token ${vendor.tokens.indexOf(token) + 1}`)
    const asked = knows === 'lookout' ? askedOfAll : run.ask()
    const watch = asked === askedOfAll ? lookout.await(token.text, 120_000) : watchOf(tab, token, asked, knows)
    const entry: Armed = { token, watch, asked }
    armed.push(entry)
    void watch.verdict.then((verdict) => {
      Object.assign(entry, { verdict, at: time.now() })
      log(`verdict for token ${vendor.tokens.indexOf(token) + 1}: ${verdict}`)
    })
  }

  function watchOf(tab: Tab, token: Token, { predicates }: Asked, knows: Knows): PageWatch {
    const known = {
      ...(knows.startsWith('token') && { token: token.text }),
      ...(knows.endsWith('submittedWhen') && { submittedWhen: isSubmission }),
    }
    untold.get(tab)?.end('superseded')
    const watch = core.watchPage(
      host.source(tab),
      core.checkOptions('simulation', core.watchOptions, { ...options, ...predicates, ...known }),
      time,
    )
    if (!known.token) untold.set(tab, watch)
    return watch
  }

  function open(): Tab {
    const tab = newTab()
    tabs.push(tab)
    for (const opened of openings) opened(host.source(tab))
    return tab
  }

  /** Puts a token in and clicks, where there is a form; armed before, or when the request has left. */
  async function solve(tab: Tab, isGood: boolean, knows: Knows = traits.knows): Promise<Token> {
    const token = vendor.issue(isGood)
    if (traits.arms === 'before') arm(tab, token, knows)
    await put(tab, token)
    if (traits.arms === 'late') {
      await time.sleep(2)
      arm(tab, token, knows)
    }
    return token
  }

  async function put(tab: Tab, token: Token): Promise<void> {
    const { actions } = tab.main.document
    log(`crawler: puts token ${vendor.tokens.indexOf(token) + 1} in${actions.fill ? '' : ', but there is no captcha'}`)
    actions.fill?.(token)
    if (traits.edits) {
      await time.sleep(60)
      tab.main.document.actions.edit?.()
    }
    await time.sleep(traits.hesitates)
    log(`crawler: clicks ${traits.clicks}`)
    const { submit } = tab.main.document.actions
    submit?.()
    if (traits.clicks === 'twice') submit?.()
  }

  async function goOn(tab: Tab, token: Token): Promise<void> {
    const { next } = traits
    if (next === 'waits') return
    await time.sleep(traits.nextAfter)
    if (!tab.isOpen) return
    log(`crawler: ${next}`)
    if (next === 'closes') tab.end('page-closed')
    if (next === 'crashes') tab.end('page-crashed')
    if (next === 'goes elsewhere') tab.goto(`${home}/elsewhere`)
    if (next === 'goes to the page of success') tab.goto(`${home}/dashboard`)
    if (next === 'goes to an empty page') tab.goto('about:blank')
    if (next === 'reloads') tab.goto(tab.main.document.url)
    if (!next.startsWith('sends')) return
    if (!tab.main.document.actions.fill) {
      tab.goto(`${home}/login`)
      await time.sleep(300)
    }
    if (next === 'sends another token') await solve(tab, run.goods[1] === true, knowsOf(traits)[1])
    else await put(tab, token)
  }

  async function visit(tab: Tab, isGood: boolean): Promise<void> {
    tab.goto(`${home}/login`)
    await time.sleep(400)
    await goOn(tab, await solve(tab, isGood))
  }

  if (traits.knows === 'lookout') {
    const observe = (opened: (source: Source) => void) => {
      openings.push(opened)
      for (const tab of tabs) opened(host.source(tab))
      return () => {
        openings = openings.filter((other) => other !== opened)
      }
    }
    lookout.attend(
      { place: tabs, observe },
      core.checkOptions('simulation', core.lookoutOptions, { ...options, ...askedOfAll.predicates }),
      [],
    )
  }

  return {
    armed: armed as readonly Armed[],
    async run(): Promise<void> {
      const first = visit(open(), run.goods[0] === true)
      if (traits.hasSecondPage) await Promise.all([first, visit(open(), run.goods[2] === true)])
      else await first
    },
  }
}
