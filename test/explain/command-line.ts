/** The real command line, and a folder with what it is given. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { afterAll } from 'vitest'
import { type Answer, madeUpVisit } from './made-up.ts'

export const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')
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

export const run = (...args: readonly string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

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
