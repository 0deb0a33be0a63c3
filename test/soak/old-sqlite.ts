import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { openYard, until } from '../outbox/crawlers.ts'
import { counted, type Row } from './table.ts'

/** The oldest Node that we support has a SQLite that can corrupt a shared file. Some 40 MB to fetch, once. */
const version = '22.18.0'

export async function oldSqlite(): Promise<readonly Row[]> {
  const execPath = fetchNode()
  if (!execPath) {
    console.error(`sqlite is left out: no Node ${version} for this machine in the registry`)
    return []
  }
  await using yard = await openYard()
  const crawler = await yard.crawler({ execPath })
  const taskIds = yard.tasks(100)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await until(() => crawler.all('delivery').length === taskIds.length)
  const failures = crawler.all('failed').map(({ failure }) => ('detail' in failure ? failure.detail : failure.kind))
  const isRefused = failures.length === 1 && /SQLite 3\.\d+\.\d+ can corrupt .*upgrade Node/.test(failures[0] ?? '')
  return [
    {
      fault: `Node ${version}, whose SQLite can corrupt a file that processes share`,
      times: 'once',
      ...counted(yard, taskIds),
      besides: [{ what: `${failures.length} event`, goal: 'one that refuses the file', isMet: isRefused }],
    },
  ]
}

function fetchNode(): string | undefined {
  const directory = resolve(import.meta.dirname, `../node_modules/.cache/node-${version}`)
  const name = `node-${process.platform === 'darwin' && process.arch === 'arm64' ? 'bin-' : ''}${process.platform}-${process.arch}`
  const binary = `${directory}/node_modules/${name}/bin/node`
  if (existsSync(binary)) return binary
  mkdirSync(directory, { recursive: true })
  const install = ['install', '--prefix', directory, '--no-save', '--ignore-scripts', `${name}@${version}`]
  spawnSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] })
  return existsSync(binary) ? binary : undefined
}
