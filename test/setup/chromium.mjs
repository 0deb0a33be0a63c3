import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'

/** The flags every test launches its browser with. */
export const chromiumArgs = [
  // Containers and root seldom have what the sandbox needs, and the pages are our own.
  '--no-sandbox',
  // Servers have no GPU: looking for one only delays the start and fills the log.
  '--disable-gpu',
  // Every request must go over TCP, where the local servers listen.
  '--disable-quic',
  // Only the pages may use the network, never the browser on its own account.
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A site that the browser does not take for one with TLS, as it does those of this machine.
  '--host-resolver-rules=MAP no-tls.test 127.0.0.1',
  `--disable-features=${[
    // The parts of its interface that are pages themselves: of the address bar each browser context has its own, which costs
    // ten times what a page does.
    'WebUIReloadButton',
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    // A renderer that is kept ready for a page that may never come, which costs a tenth of what a page does.
    'SpareRendererForSitePerProcess',
    // What Playwright disables by itself: of two such lists Chromium takes the last.
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsUpgrades',
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
    'AvoidCorsURLLoaderRestartOnRedirect',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'AimEnabled',
    'PreconnectToSearch',
  ]}`,
]

/**
 * The browser to test with: what CHROMIUM_PATH names, else the one Playwright downloaded, else the system's.
 *
 * @returns {string | undefined} an absolute path, or undefined when none is there or none runs
 * @throws {Error} when CHROMIUM_PATH names something that does not run
 */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH && resolve(process.env.CHROMIUM_PATH)
  if (given && !runs(given)) {
    throw new Error(`CHROMIUM_PATH is ${given}, but \`${given} --version\` fails: correct or unset it`)
  }
  return given || [...ofPlaywright(), ...ofSystem()].find(runs)
}

/**
 * Being there is not enough: a download may lack shared libraries, and Ubuntu's chromium-browser may be a mere notice.
 *
 * @param {string} path
 */
function runs(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
}

function ofPlaywright() {
  try {
    /** @type {typeof import('playwright')} */
    const { chromium } = createRequire(import.meta.url)('playwright')
    const path = chromium.executablePath()
    // The headless shell has no path in Playwright's API, but a folder beside the browser's.
    const shell = path.replace(
      /chromium-(\d+)(.)chrome-([^/\\]+).*/,
      'chromium_headless_shell-$1$2chrome-headless-shell-$3$2chrome-headless-shell',
    )
    return [path, shell]
  } catch {
    return [] // The dependencies are not installed yet.
  }
}

function ofSystem() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/google/chrome']
  return [
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
}
