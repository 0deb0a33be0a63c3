/// <reference lib="esnext.disposable" preserve="true" />
import { randomBytes } from 'node:crypto'
import { type APIRequest, createAPI, type RecordedFeedback } from './api.ts'
import { type Fault, faultKinds } from './fault.ts'
import { listen, type TLS } from './loopback.ts'
import type { RateLimit } from './rate-limit.ts'
import { createSites, type SiteName, type Submission, siteNames } from './sites.ts'
import { checkSolving, createSolver, type Solving } from './solver.ts'
import { createTasks, newToken } from './tasks.ts'

/** Options of `startSandbox`; all are optional. */
export interface SandboxOptions {
  /** Returns the time in ms; default `Date.now`. */
  readonly now?: () => number
  /** The rate limit of each key; default 30 requests in 60,000 ms, as documented by the vendor. */
  readonly rateLimit?: RateLimit
  /** The account's credits: each task that `createTask` creates and that is solved costs one. Default 1,000. */
  readonly credits?: number
  /** The API's port; default 0, which takes any free port. The sites always take any free port. */
  readonly port?: number
  /** Serves the sites over HTTPS and HTTP/2 as well, which some browser features need. Then `secureURL` works. */
  readonly tls?: TLS
}

/** A running sandbox. Its arrays grow as things happen. */
export interface Sandbox extends AsyncDisposable {
  /** The API's base URL: feedback goes to `{apiURL}/feedbackTask`. */
  readonly apiURL: string
  /** The sites' origin, which differs from the API's. */
  readonly siteURL: string
  /** A key that is valid from the start. */
  readonly clientKey: string
  /** Makes a key valid, or valid again. */
  addKey(clientKey: string): void
  /** From now on, the API answers the key with `ERROR_KEY_DOES_NOT_EXIST`. */
  revokeKey(clientKey: string): void
  /**
   * Returns a task that is completed now, and its token, without `createTask` and `getTaskResult`.
   *
   * The sites accept the token once if `valid` (default `true`). As with reCAPTCHA, a second use is rejected.
   * By default, `token` is long and shaped like reCAPTCHA's, and `clientKey` is the sandbox's.
   */
  issueTask(task?: { readonly valid?: boolean; readonly clientKey?: string; readonly token?: string }): {
    readonly taskId: string
    readonly token: string
  }
  /**
   * The next `times` tasks (default 1) that `createTask` creates are solved like this. Others are solved at once, with a
   * good token. Returns a function that removes the rest of the script.
   *
   * @example
   * sandbox.scriptTask({ processing: 15_000, valid: false })
   * sandbox.scriptTask({ error: 'ERROR_CAPTCHA_UNSOLVABLE' })
   */
  scriptTask(solving: Solving, times?: number): () => void
  /** The feedback that the API recorded, each task once. */
  readonly feedback: readonly RecordedFeedback[]
  /** The requests that reached the API, in order. */
  readonly requests: readonly APIRequest[]
  /** The tokens that reached the sites, in order. */
  readonly submissions: readonly Submission[]
  /**
   * The API's next `times` requests (default 1) fail in this way. Faults added later wait for their turn. Returns a function
   * that removes the rest of the fault.
   *
   * @example
   * const endOutage = sandbox.fault({ kind: 'status', status: 503 }, Infinity)
   */
  fault(fault: Fault, times?: number): () => void
  /** The URL of a site's page. */
  url(site: SiteName): string
  /** The same over HTTPS. @throws {Error} without `tls`. */
  secureURL(site: SiteName): string
  /** Stops the servers and closes every connection at once, including stalled ones. */
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

/** Checks names for tests in JavaScript: otherwise a wrong name would be a 404, or a fault without effect. */
function expectOneOf(what: string, expected: readonly unknown[], value: unknown): void {
  if (!expected.includes(value)) throw new TypeError(`${what}: expected one of ${expected.join(', ')}, got ${value}`)
}
