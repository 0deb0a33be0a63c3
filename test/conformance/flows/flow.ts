import type { RegotchaFeedback, Verdict, Watch, WatchOptions } from '@regotcha-feedback/core'
import type { Sandbox, SiteName } from '@regotcha-feedback/sandbox'
import type { Capability } from '../capabilities.ts'
import type { Host, HostPage, Interception, PageOpener } from '../hosts.ts'

/** A verdict, as a table shows it. */
export type Short =
  | 'accepted by acceptedWhen'
  | `rejected by ${(Verdict & { kind: 'rejected' })['by']}`
  | `undecided: ${(Verdict & { kind: 'undecided' })['reason']}`

/** A crawler at a site, and what the watch must make of it. */
export interface Flow {
  readonly site: SiteName
  /** Whether the site accepts the token. No verdict may ever say otherwise. */
  readonly valid: boolean
  readonly options: Omit<WatchOptions, 'token' | 'submittedWhen'> & Partial<WatchOptions>
  /** The token; default: one like reCAPTCHA's. `salt` keeps it from being another flow's. */
  readonly token?: (salt: string) => string
  /** What the crawler does; default: opens the site, arms the watch, submits. */
  readonly crawl?: (scene: Scene) => Promise<unknown>
  readonly verdict: Short
  /** What it comes to where the host lacks something. */
  readonly without?: Partial<Record<Capability, Short>>
  /** Why it is not recorded, to be explained afterwards. */
  readonly unrecorded?: string
  /** Where it is not played, and why. */
  readonly unplayed?: Partial<Record<Host['library'], string>>
}

export type Flows = Readonly<Record<string, Flow>>

/** What a crawler has at hand. */
export interface Scene {
  readonly host: Host<PageOpener>
  readonly page: HostPage
  readonly sandbox: Sandbox
  readonly feedback: RegotchaFeedback
  readonly token: string
  closeContext(): Promise<void>
  /** Opens the flow's site, with a query if need be. */
  open(query?: string): Promise<unknown>
  /** Arms the watch of which the verdict is asked. */
  arm(options?: Partial<WatchOptions>): Watch
  /** Resolves when the token has reached the site. */
  reached(): Promise<unknown>
  /** The user's own interception: what becomes of each request; `undefined` lets it pass. */
  intercept(decide: (url: string) => Interception | undefined): Promise<void>
  /** As a crawler does it: the token into its field, then a click. */
  submit(token?: string): Promise<void>
}

export const atDashboard: WatchOptions['acceptedWhen'] = ({ url }) => url.endsWith('/dashboard')
export const saysWelcome: WatchOptions['acceptedWhen'] = async ({ text }) => (await text()).includes('<h1>Welcome</h1>')
export const saysWrong: WatchOptions['acceptedWhen'] = async ({ text }) => /wrong captcha/i.test(await text())
export const saysSuccess: WatchOptions['acceptedWhen'] = async ({ json }) => (await json()).success === true
export const saysFailure: WatchOptions['acceptedWhen'] = async ({ json }) => (await json()).success === false

/** Of pages, and of answers in JSON. */
export const byPage = { acceptedWhen: atDashboard, rejectedWhen: saysWrong }
export const byJSON = { acceptedWhen: saysSuccess, rejectedWhen: saysFailure }
