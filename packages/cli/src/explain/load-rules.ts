/** Loads a module of rules as Node runs it, and again when it or what it imports has been edited. */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ExplainError } from './har.ts'
import { type ExplainRules, rulesOf } from './rules.ts'

export interface RulesLoader {
  /** @throws {ExplainError} when the module can't be loaded or holds no rules. */
  load(): Promise<ExplainRules>
  /** The module, and what it imported when it was loaded last; installed packages are left out. */
  readonly files: Set<string>
}

const extensions = ['.ts', '.mts', '.js', '.mjs']

export function createRulesLoader(path: string): RulesLoader {
  const file = basename(path)
  const entry = pathToFileURL(resolve(path)).href
  const files = new Set([fileURLToPath(entry)])
  let loads = 0

  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL?.split('?')[0]
      const isOurs = specifier.startsWith(entry) || (parent !== undefined && files.has(pathOf(parent)))
      if (!isOurs) return next(specifier, context)
      const found = firstThatResolves(candidates(specifier, context.parentURL), (candidate, parentURL) =>
        next(candidate, { ...context, parentURL }),
      )
      const isLocal = found.url.startsWith('file:') && !found.url.includes('/node_modules/')
      if (!isLocal || isPackage(specifier)) return found
      files.add(pathOf(found.url))
      // Node keeps a module for ever, by its URL; and asks of a package what TypeScript only writes in one way.
      const format = /\.tsx?$/.test(pathOf(found.url)) ? 'module-typescript' : found.format
      return { ...found, url: `${found.url.split('?')[0]}?load=${loads}`, format, shortCircuit: true }
    },
  })

  return {
    files,
    async load() {
      if (!existsSync(path)) throw new ExplainError(`${path}: there is no such file`)
      if (!/\.[cm]?[jt]s$/.test(path)) throw new ExplainError(`${path} is no module: give rules as a .ts or .js file`)
      loads++
      try {
        return rulesOf(file, await import(`${entry}?load=${loads}`))
      } catch (cause) {
        throw cause instanceof ExplainError ? cause : new ExplainError(whyNot(file, cause), { cause })
      }
    },
  }
}

/** What is meant by `./sites`, by `./sites.js` of a file in TypeScript, and by our package, or zod, where it is not installed. */
function* candidates(specifier: string, parent: string | undefined): Generator<readonly [string, string | undefined]> {
  yield [specifier, parent]
  if (specifier === 'zod' || specifier.startsWith('@regotcha-feedback/core')) yield [specifier, import.meta.url]
  if (!specifier.startsWith('.')) return
  for (const extension of extensions) yield [`${specifier}${extension}`, parent]
  if (/\.m?js$/.test(specifier)) yield [specifier.replace(/js$/, 'ts'), parent]
}

function firstThatResolves<T>(
  from: Iterable<readonly [string, string | undefined]>,
  resolve: (specifier: string, parent: string | undefined) => T,
): T {
  let problem: unknown
  for (const [specifier, parent] of from) {
    try {
      return resolve(specifier, parent)
    } catch (error) {
      problem ??= error
    }
  }
  throw problem
}

const isPackage = (specifier: string) => !specifier.startsWith('.') && !specifier.startsWith('file:')

const pathOf = (url: string) => (url.startsWith('file:') ? fileURLToPath(url.split('?')[0] ?? url) : url)

function whyNot(file: string, cause: unknown): string {
  if (!(cause instanceof Error)) return `${file}: it threw something that is no error when it was loaded`
  const code = 'code' in cause ? cause.code : undefined
  // Only what is loaded by us is the user's, and has this in its URL.
  const [, name = '', line = ''] = /([^/\\\s(]+)\?load=\d+(:\d+(?::\d+)?)/.exec(cause.stack ?? '') ?? []
  const where = name && ` (${name}${line})`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return `${file} uses TypeScript that Node can't run by leaving the types out, such as an enum: ${cause.message}${where}`
  return `${file} can't be loaded: ${cause.name}: ${cause.message.replace(/\?load=\d+/g, '').split('\n')[0]}${where}`
}
