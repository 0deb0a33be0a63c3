/** `pnpm golden [hosts…]`: plays every flow in a real browser, and keeps each visit as a record for golden.test.ts. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { brotliCompressSync, constants } from 'node:zlib'

const named = process.argv.slice(2)
const hosts = named.length > 0 ? named : ['playwright', 'puppeteer']
const folder = mkdtempSync(`${tmpdir()}/golden-`)
const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS }
try {
  for (const host of hosts) {
    const args = ['exec', 'vitest', 'run', '--project', host]
    const { status } = spawnSync('pnpm', args, { stdio: 'inherit', env: { ...process.env, RECORD_VISITS: folder } })
    if (status !== 0) throw new Error(`${host}: a flow failed, and its visit is none to keep`)
    const lines = readFileSync(`${folder}/${host}.jsonl`, 'utf8').trim().split('\n').sort()
    writeFileSync(`${import.meta.dirname}/${host}.jsonl.br`, brotliCompressSync(`${lines.join('\n')}\n`, { params }))
  }
} finally {
  rmSync(folder, { recursive: true })
}
