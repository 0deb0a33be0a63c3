import { spawn, spawnSync } from 'node:child_process'

/** Whether a screen that nobody sees can be had for browsers that show their windows. */
export const hasScreen = () => spawnSync('Xvfb', ['-help']).error === undefined

/**
 * Starts one.
 *
 * @returns {Promise<{ display: string, stop(): void }>} what `DISPLAY` has to be
 */
export async function startScreen() {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const told = /** @type {import('node:stream').Readable} */ (screen.stdio[3])
  let number = ''
  for await (const part of told) {
    number += part
    // Who stops reading before the line is whole ends Xvfb, when it writes the rest.
    if (number.endsWith('\n')) return { display: `:${number.trim()}`, stop: () => screen.kill() }
  }
  throw new Error('Xvfb told no display')
}
