/** The command line, and a folder with what it is given. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { afterAll } from 'vitest'
import { runBinary, runKept, startBinary } from '../cli/run.ts'
import { compileCache } from '../setup/compile-cache.ts'
import { type Answer, madeUpVisit } from './made-up.ts'

/** Of each test file another one. */
export const folder = mkdtempSync(`${tmpdir()}/command-line-`)
afterAll(() => rmSync(folder, { recursive: true }))

/** @returns the file's path. */
export function write(name: string, content: string | object): string {
  const path = `${folder}/${name}`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const line = (args: readonly string[]) => ({
  args,
  directory: process.cwd(),
  env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
})
export const run = (...args: readonly string[]) => runKept(line(args))
/** The same by the real binary, in a process of its own. */
export const runAlone = (...args: readonly string[]) => runBinary(line(args))
export const start = (...args: readonly string[]) => startBinary(line(args))

/** Made-up visits of one site, one after another, each by somebody else. */
export function site(
  name: string,
  answers: Readonly<Record<string, (n: number) => Answer>>,
  options: Parameters<typeof madeUpVisit>[1] = {},
) {
  for (const [outcome, answer] of Object.entries(answers)) {
    for (const n of [0, 1, 2])
      write(`${name}/${outcome}-${n}.har`, madeUpVisit(answer(n), { user: `user${n}`, ...options }))
  }
  const of = (...ns: readonly number[]) =>
    Object.keys(answers).flatMap((outcome) => ns.map((n) => `${folder}/${name}/${outcome}-${n}.har`))
  return { training: of(0, 1), single: of(0), unseen: of(2) }
}
