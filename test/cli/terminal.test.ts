/** The commands on a terminal, simulated by `script` of util-linux, and in a pipe that is closed early. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type Desk, hold, openDesk } from './desk.ts'
import { binary } from './run.ts'

const escaped = `${String.fromCharCode(27)}[`

/** Runs a shell line in which `$rf` is the command line. */
function startShell({ env, directory }: Desk, line: string, more: NodeJS.ProcessEnv = {}) {
  const rf = `${process.execPath} ${binary}`
  return spawn('bash', ['-c', line], { cwd: directory, env: { ...env, rf, TERM: 'xterm', ...more } })
}

async function shell(...args: Parameters<typeof startShell>) {
  const child = startShell(...args)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

const terminal = (command: string) => `script -qefc "stty cols 80; ${command}" /dev/null`

describe.runIf(process.platform === 'linux').concurrent('on a terminal', () => {
  test('there are colours, but not in a pipe or with NO_COLOR', async () => {
    await using desk = await openDesk()
    await desk.decide(1)
    expect((await shell(desk, terminal('$rf status'))).stdout).toContain(escaped)
    expect((await shell(desk, terminal('$rf status'), { NO_COLOR: '1' })).stdout).not.toContain(escaped)
    expect((await shell(desk, '$rf status')).stdout).not.toContain(escaped)
  })

  test('a prompt asks for the key, and does not show it', async () => {
    await using desk = await openDesk()
    const { taskId } = desk.sandbox.issueTask()
    const child = startShell(desk, terminal(`$rf send ${taskId} --valid`), { REGOTCHA_CLIENT_KEY: '' })
    let shown = ''
    child.stdout.on('data', (data) => {
      shown += data
    })
    await expect.poll(() => shown, { timeout: 30_000 }).toContain('API key')
    child.stdin.write(`${desk.sandbox.clientKey}\r`)
    await once(child, 'close')
    expect(shown).toContain(`${taskId}: the API recorded it as valid.`)
    expect(shown).not.toContain(desk.sandbox.clientKey)
  })

  test.each([
    ['y', 0, []],
    ['n', 130, ['held', 'held']],
    ['\u0003', 130, ['held', 'held']],
  ])('held drop asks before it drops many; after %j it ends with %i', async (answer, code, left) => {
    await using desk = await openDesk()
    await hold(desk, { a: 'one.example', b: 'one.example' })
    const child = startShell(desk, terminal('$rf held drop --all'))
    const ended = once(child, 'close')
    let shown = ''
    child.stdout.on('data', (data) => {
      shown += data
    })
    await expect.poll(() => shown, { timeout: 30_000 }).toContain('Never send 2 held feedbacks?')
    child.stdin.write(answer)
    expect(await ended).toEqual([code, null])
    expect(shown).toContain(code === 0 ? '2 tasks dropped.' : 'nothing was dropped')
    expect((await desk.json('list', '--state', 'held')).map(({ state }: { state: string }) => state)).toEqual(left)
  })

  test('flush draws its progress', async () => {
    await using desk = await openDesk()
    await desk.decide(2)
    const { stdout } = await shell(desk, terminal('$rf flush'))
    expect(stdout).toMatch(/[━─]+ \d+ % {2}\d of 2 {2}/)
    expect(stdout).toContain('2 delivered, 0 pending.')
  })
})

test.runIf(process.platform === 'linux')(
  'if the disk is too full for the output, the error is a sentence',
  async () => {
    await using desk = await openDesk()
    await desk.decide(1)
    const { code, stderr } = await shell(desk, '$rf list > /dev/full')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: the output cannot be written (ENOSPC)\n' })
  },
)

test('a pipe that is closed early is not an error', async () => {
  await using desk = await openDesk()
  await desk.decide(300)
  const { code, stdout, stderr } = await shell(desk, 'set -o pipefail; $rf list --limit 300 --json | head -c 1')
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '[', stderr: '' })
})
