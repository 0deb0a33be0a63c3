import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The Firefox to test with: what FIREFOX_PATH names, else the system's.
 *
 * @returns {string | undefined} an absolute path, or undefined when none is there or none runs
 */
export function findFirefox() {
  const names = ['firefox', 'firefox-esr']
  const inPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  const candidates = [...inPath, '/Applications/Firefox.app/Contents/MacOS/firefox']
  const given = process.env.FIREFOX_PATH
  return (given ? [given] : candidates).find(runs)
}

/** @param {string} path */
function runs(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
}
