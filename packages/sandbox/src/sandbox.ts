/// <reference lib="esnext.disposable" preserve="true" />
import { randomBytes } from 'node:crypto'
import { type APIRequest, createAPI, type RecordedFeedback } from './api.ts'
import { type Fault, faultKinds } from './fault.ts'
import { listen, type TLS } from './loopback.ts'
import type { RateLimit } from './rate-limit.ts'
import { createSites, type SiteName, type Submission, siteNames } from './sites.ts'
import { checkSolving, createSolver, type Solving } from './solver.ts'
import { createTasks, newToken } from './tasks.ts'

/** What `startSandbox` takes; everything is optional. */
export interface SandboxOptions {
  /** The time in ms; default `Date.now`. */
  readonly now?: () => number
  /** For each key; default 30 requests in 60,000 ms, as documented by the vendor. */
  readonly rateLimit?: RateLimit
  /** What the account can pay: each task that `createTask` makes and that is solved costs one. Default 1,000. */
  readonly credits?: number
  /** The API's port; default 0, which takes a free one. The sites always take a free one. */
  readonly port?: number
  /** Has the sites served by HTTPS and HTTP/2 as well, which some things of browsers need; `secureURL` is there then. */
  readonly tls?: TLS
}

/** A running sandbox. Its arrays grow as things happen. */
export interface Sandbox extends AsyncDisposable {
  /** The API's base URL: feedback goes to `{apiURL}/feedbackTask`. */
  readonly apiURL: string
  /** The sites' origin, another than the API's. */
  readonly siteURL: string
  /** A key that is valid from the start. */
  readonly clientKey: string
  /** Makes a key valid, or valid again. */
  addKey(clientKey: string): void
  /** From now on the key is answered `ERROR_KEY_DOES_NOT_EXIST`. */
  revokeKey(clientKey: string): void
  /**
   * Skips `createTask` and `getTaskResult`: a task that is completed now, and its token.
   *
   * The sites accept the token if `valid` (default `true`), once: as with reCAPTCHA, a second use is bad.
   * `token` is by default long and shaped like reCAPTCHA's; `clientKey` is by default the sandbox's.
   */
  issueTask(task?: { readonly valid?: boolean; readonly clientKey?: string; readonly token?: string }): {
    readonly taskId: string
    readonly token: string
  }
  /**
   * The next `times` tasks (default 1) that `createTask` makes are solved like this; others are solved at once, with a
   * good token. Returns how to remove what is left of it.
   *
   * @example
   * sandbox.scriptTask({ processing: 15_000, valid: false })
   * sandbox.scriptTask({ error: 'ERROR_CAPTCHA_UNSOLVABLE' })
   */
  scriptTask(solving: Solving, times?: number): () => void
  /** What the API recorded, each task once. */
  readonly feedback: readonly RecordedFeedback[]
  /** What reached the API's address, in order. */
  readonly requests: readonly APIRequest[]
  /** What reached the sites' captchas, in order. */
  readonly submissions: readonly Submission[]
  /**
   * Each of the API's next `times` requests (default 1) meets this fault; faults added later wait for their turn.
   * Returns how to lift what is left of it.
   *
   * @example
   * const endOutage = sandbox.fault({ kind: 'status', status: 503 }, Infinity)
   */
  fault(fault: Fault, times?: number): () => void
  /** The URL of a site's page. */
  url(site: SiteName): string
  /** The same by HTTPS. @throws {Error} without `tls`. */
  secureURL(site: SiteName): string
  /** Ends the servers and every connection at once, stalled ones too. */
  close(): Promise<void>
}

/**
 * Starts the Regotcha API and sites with captchas on 127.0.0.1.
 *
 * Rejects when `port` is taken.
 *
 * @example
 * const sandbox = await startSandbox()
 * const { taskId, token } = sandbox.issueTask({ valid: false })
 * await page.goto(sandbox.url('form'))
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { now = Date.now, rateLimit = { requests: 30, window: 60_000 }, credits = 1_000, port, tls } = options
  const tasks = createTasks()
  const solver = createSolver({ tasks, credits })
  const api = createAPI({ now, rateLimit, tasks, solver })
  const sites = createSites({ now, tasks })
  const apiServer = await listen(api.handle, { port })
  const bodyLimit = 8 * 1024 * 1024
  const siteServer = await listen(sites.handle, { bodyLimit })
  const secureServer = tls && (await listen(sites.handle, { bodyLimit, tls }))

  const ownKey = `sandbox_${randomBytes(16).toString('hex')}`
  api.keys.add(ownKey)

  const close = async () => {
    solver.close()
    await Promise.all([apiServer.close(), siteServer.close(), secureServer?.close()])
  }
  return {
    apiURL: apiServer.origin,
    siteURL: siteServer.origin,
    clientKey: ownKey,
    addKey: (clientKey) => void api.keys.add(clientKey),
    revokeKey: (clientKey) => void api.keys.delete(clientKey),
    issueTask({ valid = true, clientKey = ownKey, token = newToken() } = {}) {
      expectOneOf('issueTask: `valid`', [true, false], valid)
      const { taskId } = tasks.issue({ valid, clientKey, token, completedAt: now() })
      return { taskId, token }
    },
    scriptTask(solving, times = 1) {
      checkSolving(solving)
      return solver.script(solving, times)
    },
    feedback: api.feedback,
    requests: api.requests,
    submissions: sites.submissions,
    fault(fault, times = 1) {
      expectOneOf('fault: `kind`', faultKinds, fault.kind)
      return api.fault(fault, times)
    },
    url: (site) => urlAt(siteServer.origin, site),
    secureURL(site) {
      if (!secureServer) throw new Error('secureURL: expected a sandbox that was started with `tls`')
      return urlAt(secureServer.origin, site)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function urlAt(origin: string, site: SiteName): string {
  expectOneOf('url', siteNames, site)
  return `${origin}/${site}/`
}

/** For tests in JavaScript: a wrong name would else be a site that answers 404, or a fault that is none. */
function expectOneOf(what: string, expected: readonly unknown[], value: unknown): void {
  if (!expected.includes(value)) throw new TypeError(`${what}: expected one of ${expected.join(', ')}, got ${value}`)
}
