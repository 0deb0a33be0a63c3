import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Finding, good, warning } from './finding.ts'

const libraries = {
  playwright: { adapter: '@regotcha-feedback/playwright', install: 'npx playwright install chromium' },
  'playwright-core': { adapter: '@regotcha-feedback/playwright', install: 'npx playwright-core install chromium' },
  puppeteer: { adapter: '@regotcha-feedback/puppeteer', install: 'npx puppeteer browsers install chrome' },
  'puppeteer-core': { adapter: '@regotcha-feedback/puppeteer', install: 'npx @puppeteer/browsers install chrome' },
} as const

/** Depends on both adapters, but a package manager may hide them from the project. */
const plugin = 'puppeteer-extra-plugin-regotcha-feedback'

/** Checks the browser libraries of the project in a directory, and whether they have a browser. */
export async function checkBrowsers(directory = process.cwd()): Promise<Finding[]> {
  const require = createRequire(join(directory, 'package.json'))
  const resolve = (name: string) => {
    try {
      return require.resolve(name)
    } catch {
      return undefined
    }
  }
  const findings: Finding[] = []
  for (const [name, { adapter, install }] of Object.entries(libraries)) {
    const path = resolve(name)
    if (path === undefined || (name.endsWith('-core') && resolve(name.slice(0, -'-core'.length)))) continue
    findings.push(await checkLibrary(name, path, install))
    if (!resolve(adapter) && !resolve(plugin))
      findings.push(warning('browser', `${name} is installed, its adapter is not`, `npm install ${adapter}`))
  }
  if (findings.length > 0) return findings
  const advice = 'Run `doctor` in your crawler’s directory. Without a browser, use `send` or `report()`.'
  return [warning('browser', `neither Playwright nor Puppeteer is installed for ${directory}`, advice)]
}

interface Library {
  readonly chromium?: { executablePath(): string }
  executablePath?(): string | Promise<string>
}

async function checkLibrary(name: string, path: string, install: string): Promise<Finding> {
  try {
    const module = await import(pathToFileURL(path).href)
    const library: Library = module.default ?? module
    const executable = await (library.chromium ?? library).executablePath?.()
    if (executable && existsSync(executable)) return good('browser', `${name} has ${executable}`)
  } catch {} // its message says the same at length
  const system = systemBrowser()
  const other = system ? `, or launch with executablePath: '${system}'` : ''
  return warning('browser', `${name} has no browser of its own`, `${install}${other}`)
}

function systemBrowser(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'firefox']
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}
