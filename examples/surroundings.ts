/** What every example stands in: the sandbox for the API, the site and the solver, and a browser that is installed. */
import { startSandbox } from '@regotcha-feedback/sandbox'

export const sandbox = await startSandbox()
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_OUTBOX = 'memory' // an example leaves nothing behind

export const loginPage = sandbox.url('form')

/** Stands for your solver: what Regotcha's `createTask` and `getTaskResult` answer. */
export async function solve({ valid = true } = {}) {
  return sandbox.issueTask({ valid })
}

/** What the sandbox has to solve itself takes it a moment, and is asked for sooner than Regotcha is. */
sandbox.scriptTask({ processing: 250 }, Number.POSITIVE_INFINITY)
export const poll = { first: 100, every: 100 }

/** Parts of Chromium's own interface are pages, too, of which each context would have its own. */
const ownPages = 'WebUIReloadButton,WebUIOmniboxPopup,WebUIOmniboxAimPopup'

export const launchOptions = {
  ...(process.env.CHROMIUM_PATH && { executablePath: process.env.CHROMIUM_PATH }),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', `--disable-features=${ownPages}`],
}

/** Prints what the API received, and ends the sandbox. */
export async function finish() {
  for (const { taskId, valid } of sandbox.feedback) console.log(`the API recorded ${taskId}: valid ${valid}`)
  await sandbox.close()
}
