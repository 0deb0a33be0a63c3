import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The Redis to test with: what REDIS_SERVER_PATH names, else the system's.
 *
 * @returns {string | undefined} an absolute path, or undefined when none is there or none runs
 */
export function findRedis() {
  const given = process.env.REDIS_SERVER_PATH
  const folders = (process.env.PATH ?? '').split(delimiter)
  return (given ? [given] : folders.map((folder) => join(folder, 'redis-server'))).find(runs)
}

/** @param {string} path */
function runs(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
}
