/** The commands as a script runs them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import { DatabaseSync } from 'node:sqlite'
import { createRegotchaFeedback, text } from '@regotcha-feedback/core'
import { describe, expect, test } from 'vitest'
import { accountOf } from '../../packages/core/src/delivery/sqlite/outbox-file.ts'
import { hold, openDesk } from './desk.ts'

describe.concurrent('send', () => {
  test('delivers a feedback and says so, once', async () => {
    await using desk = await openDesk()
    const { taskId } = desk.sandbox.issueTask()
    expect(await desk.runBinary(['send', taskId, '--invalid'])).toEqual({
      code: 0,
      stdout: `${taskId}: the API recorded it as invalid.\n`,
      stderr: '',
    })
    expect(desk.sandbox.feedback).toMatchObject([{ taskId, valid: false }])
    expect(await desk.json('send', taskId, '--invalid')).toEqual({
      taskId,
      valid: false,
      kind: 'delivered',
      by: 'recorded',
      attempts: 1,
    })
    expect(desk.sandbox.requests).toHaveLength(1)
    const contradiction = await desk.run(['send', taskId, '--valid'])
    expect(contradiction).toMatchObject({ code: 5, stdout: expect.stringContaining('was already reported as invalid') })
  })

  test('reports what the API refuses permanently', async () => {
    await using desk = await openDesk()
    const { code, stdout } = await desk.run(['send', 'task_unknown', '--valid'])
    expect({ code, stdout }).toEqual({
      code: 5,
      stdout:
        'task_unknown: the API does not know this task, or it belongs to another key (ERROR_NO_SUCH_CAPCHA_ID).\n',
    })
  })

  test('keeps the feedback if the key is refused or the API is unreachable', async () => {
    await using desk = await openDesk()
    const { taskId } = desk.sandbox.issueTask()
    const refused = await desk.run(['send', taskId, '--valid'], { REGOTCHA_CLIENT_KEY: 'mistyped' })
    expect(refused).toMatchObject({ code: 6, stdout: expect.stringContaining('the API refuses the key') })
    const unreachable = { REGOTCHA_BASE_URL: 'http://127.0.0.1:9' }
    const waiting = await desk.run(['send', taskId, '--valid', '--timeout', '0.5', '--json'], unreachable)
    expect(waiting.code).toBe(4)
    expect(JSON.parse(waiting.stdout)).toMatchObject({ taskId, kind: 'pending' })
    expect(await desk.json('list', '--state', 'pending')).toMatchObject([{ taskId }, { taskId }])
  })

  test('distinguishes an API that does not answer from a full queue', async () => {
    await using desk = await openDesk()
    desk.sandbox.fault({ kind: 'stall' }, 2)
    const send = () => desk.run(['send', 'task_1', '--valid', '--timeout', '1'])
    expect(await send()).toMatchObject({
      code: 4,
      stdout: /^task_1: not delivered yet \(no answer in time\)\. It is kept/,
    })
    const flushed = await desk.run(['flush', '--timeout', '1'])
    expect(flushed).toMatchObject({ code: 4, stdout: /1 pending\.\nThe last attempt failed: no answer in time\.\n/ })
    new DatabaseSync(desk.file).exec('UPDATE gate SET paused_from = 0, paused_until = 9e12')
    expect(await send()).toMatchObject({ code: 4, stdout: /not delivered yet \(other feedback is ahead of it: / })
    expect(desk.sandbox.requests).toHaveLength(2)
  })
})

describe.concurrent('flush', () => {
  test('delivers pending feedback', async () => {
    await using desk = await openDesk()
    const taskIds = await desk.decide(12)
    const { code, stdout, stderr } = await desk.runBinary(['flush', '--burst', '20'])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '12 delivered, 0 pending.\n', stderr: '' })
    expect(new Set(desk.sandbox.feedback.map(({ taskId }) => taskId))).toEqual(new Set(taskIds))
    expect(await desk.run(['flush'])).toMatchObject({ code: 0, stdout: 'Nothing was pending.\n' })
  })

  test('stops at its timeout, and says what blocks delivery', async () => {
    await using desk = await openDesk()
    await desk.decide(2)
    desk.sandbox.fault({ kind: 'status', status: 503 }, 100)
    const { code, stdout } = await desk.run(['flush', '--timeout', '1', '--json'])
    expect(code).toBe(4)
    expect(JSON.parse(stdout)).toEqual({
      delivered: 0,
      dead: 0,
      expired: 0,
      pending: 2,
      ofOtherKeys: 0,
      trouble: 'HTTP 503, not an answer of the API',
    })
  })

  test('on Ctrl-C, returns undelivered feedback to the outbox', async () => {
    await using desk = await openDesk()
    await desk.decide(3)
    const child = desk.start(['flush', '--burst', '1', '--per-minute', '1'])
    const ended = new Promise((resolve) => child.on('close', resolve))
    await expect.poll(() => desk.sandbox.feedback.length, { timeout: 30_000 }).toBe(1)
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(await desk.run(['flush', '--burst', '9', '--per-minute', '60000'])).toMatchObject({
      code: 0,
      stdout: '2 delivered, 0 pending.\n',
    })
  })

  test('stops at a refused key', async () => {
    await using desk = await openDesk()
    await desk.decide(3)
    desk.sandbox.revokeKey(desk.sandbox.clientKey)
    expect(await desk.run(['flush'])).toMatchObject({ code: 6, stdout: expect.stringContaining('3 pending.') })
  })
})

describe.concurrent('inspecting and repairing', () => {
  test('status shows what is pending for each key, and marks the key in the environment', async () => {
    await using desk = await openDesk()
    await desk.decide(2)
    const { taskId } = desk.sandbox.issueTask()
    await desk.run(['send', taskId, '--valid', '--timeout', '0.1'], { REGOTCHA_CLIENT_KEY: 'another' })
    const { file, accounts } = await desk.json('status')
    expect(file).toBe(desk.file)
    expect(accounts.toSorted((a: { isOwn: boolean }, b: { isOwn: boolean }) => +b.isOwn - +a.isOwn)).toMatchObject([
      { isOwn: true, counts: { pending: 2 }, oldestDeadline: expect.any(Number), paceLeft: expect.any(Number) },
      { isOwn: false, counts: { pending: 1 } },
    ])
    const { stdout } = await desk.run(['status'])
    expect(stdout).toMatch(/account [\da-f]{8} \(the key in the environment\)\npending +2 {2}regotcha-feedback flush\n/)
    expect(stdout).toMatch(/first deadline +in 24 h/)
  })

  test('list shows undecided verdicts with trail and hint, until they are decided', async () => {
    await using desk = await openDesk()
    await using feedback = createRegotchaFeedback({
      clientKey: desk.sandbox.clientKey,
      baseURL: desk.sandbox.apiURL,
      outbox: { file: desk.file },
    })
    feedback.on('undecided', () => {})
    const judge = (taskId: string, site: string) => {
      const answer = { status: 200, headers: {}, url: `https://${site}/login?token=secret`, body: 'Sign in' }
      return feedback.judge(taskId, answer, { acceptedWhen: text('Welcome'), rejectedWhen: text('Wrong captcha') })
    }
    const watches = [judge('a', 'one.example'), judge('b', 'two.example'), judge('c', 'two.example')]
    await Promise.all(watches.map(({ verdict }) => verdict))
    expect(await desk.json('list', '--undecided', '--site', 'one.example')).toMatchObject([
      {
        taskId: 'a',
        reason: 'no-match',
        site: 'one.example',
        hint: expect.stringContaining('for something in the trail'),
        trail: ['+0 ms submission answered: 200', expect.stringContaining('did not hold')],
      },
    ])
    const { stdout } = await desk.run(['list', '--undecided'])
    for (const part of [
      /^a {2}no-match {2}one\.example {2}/m,
      /^ {2}\+\d.* response 200 .*did not hold/m,
      /^ {2}→ .acceptedWhen. \(text.* did not hold on response 200 /m,
    ])
      expect(stdout).toMatch(part)
    expect(stdout).not.toContain('secret')
    const visits = `${desk.directory}/visits`
    mkdirSync(visits)
    for (const hour of ['01', '02']) writeFileSync(`${visits}/2026-11-28T${hour}-00-00-000Z-b.visit.json`, '{}')
    const { stdout: named } = await desk.run(['list', '--visits', visits])
    expect(named.match(/regotcha-feedback explain .*/g)).toEqual([
      `regotcha-feedback explain ${visits}/2026-11-28T02-00-00-000Z-b.visit.json`,
    ])
    const { code, stderr } = await desk.run(['list', '--undecided', '--visits', `${desk.directory}/none`])
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the folder that you set as `record`'),
    })
    watches[1]?.accept()
    const { stdout: rest } = await desk.run(['list', '--undecided', '--limit', '1'])
    expect(rest).toMatch(/^[ac] {2}no-match[\s\S]*There are more: raise --limit/)
    expect(await desk.json('list', '--undecided', '--site', 'two.example')).toMatchObject([{ taskId: 'c' }])
  })

  test('list filters by state and site', async () => {
    await using desk = await openDesk()
    await hold(desk, { a: 'one.example', b: 'two.example' })
    await desk.decide(1)
    expect(await desk.json('list')).toHaveLength(3)
    expect(await desk.json('list', '--state', 'held', '--site', 'two.example')).toMatchObject([{ taskId: 'b' }])
    const { stdout } = await desk.run(['list', '--limit', '1'])
    expect(stdout).toMatch(
      /^TASK +STATE +VERDICT +SITE +DECIDED +ATTEMPTS\n\S+ +pending +accepted +– .+ left\n\nThere are more/,
    )
  })

  test('held feedback is released or dropped, by task, by site, or all of it', async () => {
    await using desk = await openDesk()
    const { taskId } = desk.sandbox.issueTask()
    await hold(desk, { [taskId]: 'one.example', b: 'two.example', c: 'two.example', d: 'three.example' })
    expect((await desk.run(['held'])).stdout).toContain('rejected by silence  one.example')
    expect(await desk.run(['held', 'release', taskId])).toMatchObject({ code: 0, stdout: /^1 task released\.\n/ })
    expect(await desk.run(['flush'])).toMatchObject({ stdout: '1 delivered, 0 pending.\n' })
    expect(desk.sandbox.feedback).toMatchObject([{ taskId, valid: false }])
    expect(await desk.run(['held', 'release', taskId])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${taskId}: is not held`),
    })
    expect(await desk.run(['held', 'drop', '--site', 'two.example'])).toMatchObject({
      code: 2,
      stderr: 'error: this would drop 2 feedbacks: confirm with --yes\n',
    })
    expect(await desk.json('held', 'drop', '--site', 'two.example', '--yes')).toEqual([
      { taskId: expect.any(String), account: expect.any(String), dropped: true },
      { taskId: expect.any(String), account: expect.any(String), dropped: true },
    ])
    expect(await desk.run(['held', 'drop', '--all', '--yes'])).toMatchObject({ code: 0, stdout: '1 task dropped.\n' })
    expect(await desk.run(['held'])).toMatchObject({ code: 0, stdout: 'Nothing is held.\n' })
  })

  test('retry sends a dead letter again', async () => {
    await using desk = await openDesk()
    await desk.run(['send', 'task_unknown', '--valid'])
    expect(await desk.json('retry', '--all')).toMatchObject([{ taskId: 'task_unknown', revived: true }])
    expect(await desk.run(['flush'])).toMatchObject({
      code: 5,
      stdout: expect.stringContaining('1 refused permanently'),
    })
    expect(desk.sandbox.requests).toHaveLength(2)
    expect(await desk.run(['retry', 'task_of_nobody'])).toMatchObject({ code: 1 })
  })

  test('retry leaves a dead letter whose 24 hours are over', async () => {
    await using desk = await openDesk()
    await desk.run(['send', 'task_unknown', '--valid'])
    new DatabaseSync(desk.file).exec('UPDATE outbox SET expires_at = 1')
    const all = await desk.run(['retry', '--all'])
    expect(all).toMatchObject({ code: 0, stdout: /^0 tasks revived\.\n1 dead letter more: the 24 hours .+ over\.\n$/ })
    expect(await desk.run(['retry', 'task_unknown'])).toMatchObject({ code: 1, stdout: /its 24 hours are over/ })
  })

  test('if several keys have a task, --account selects the one that is changed', async () => {
    await using desk = await openDesk()
    const other = accountOf('another', desk.sandbox.apiURL)
    await hold(desk, { a: 'one.example' })
    await hold(desk, { a: 'one.example' }, other)
    expect((await desk.run(['held'])).stdout).toMatch(/^ACCOUNT +TASK[\s\S]+\n[\da-f]{8} +a +held/)
    const { code, stderr } = await desk.run(['held', 'release', 'a'])
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: /a is held under 2 API keys, [\da-f]{8} and [\da-f]{8}: /,
    })
    expect(stderr).toContain(other.slice(0, 8))
    expect(await desk.json('list', '--state', 'held')).toHaveLength(2)

    const released = await desk.json('held', 'release', 'a', '--account', other.slice(0, 8))
    expect(released).toEqual([{ taskId: 'a', account: other, released: true }])
    expect(await desk.json('held', '--account', other)).toEqual([])
    expect(await desk.json('list', '--account', other)).toMatchObject([{ state: 'pending', account: other }])
    expect(await desk.run(['held', 'drop', 'a'])).toMatchObject({ code: 0, stdout: '1 task dropped.\n' })
    expect(await desk.run(['flush'])).toMatchObject({ code: 0, stdout: /1 pending for other keys/ })
  })

  test.each(['list', 'held release a'])(
    '%s: an unknown account is an error that does not repeat it, because it may be the key',
    async (command) => {
      await using desk = await openDesk()
      await hold(desk, { a: 'one.example' })
      const { code, stderr } = await desk.run([...command.split(' '), '--account', desk.sandbox.clientKey])
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `error: --account: expected the start of one fingerprint: ${accountOf(desk.sandbox.clientKey, desk.sandbox.apiURL).slice(0, 8)}\n`,
      })
    },
  )
})

describe.concurrent('each error is a sentence and an exit code', () => {
  test.each([
    ['an unknown option', ['status', '--al'], /unknown option '--al'/],
    ['an unknown command', ['stauts'], /unknown command 'stauts'\n\(Did you mean status\?\)/],
    ['a missing argument', ['send', '--valid'], /missing required argument 'taskId'/],
    ['no verdict', ['send', 'task_1'], /--valid or --invalid/],
    ['both verdicts', ['send', 'task_1', '--valid', '--invalid'], /'--valid' cannot be used with option '--invalid'/],
    ['an invalid time', ['flush', '--timeout', 'soon'], /Expected a number greater than 0/],
    ['undecided feedback, which has no state', ['list', '--undecided', '--state', 'held'], /cannot be used with/],
    ['an invalid state', ['list', '--state', 'lost'], /Allowed choices are pending, held/],
    ['no selection', ['retry'], /pass either task ids, --site <host> or --all/],
  ])('%s', async (_, args, sentence) => {
    await using desk = await openDesk()
    writeFileSync(desk.file, '')
    const { code, stdout, stderr } = await desk.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(sentence)
    expect(stderr).toMatch(/^error: /)
  })

  test('no command: the help, on stderr', async () => {
    await using desk = await openDesk()
    expect(await desk.run([])).toMatchObject({ code: 2, stdout: '', stderr: /^Usage: regotcha-feedback/ })
    expect(await desk.run(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: /^Usage: regotcha-feedback/ })
  })

  test('no key and no terminal to prompt for it', async () => {
    await using desk = await openDesk()
    const { code, stderr } = await desk.runBinary(['send', 'task_1', '--valid', '--json'], { REGOTCHA_CLIENT_KEY: '' })
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toEqual({
      error: 'no API key: set REGOTCHA_CLIENT_KEY (there is no terminal to prompt for it)',
      exitCode: 2,
    })
  })

  test('two different keys in the environment, without showing either', async () => {
    await using desk = await openDesk()
    const { code, stderr } = await desk.run(['send', 'task_1', '--valid'], { REGOTCHA_API_KEY: 'another-secret' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/REGOTCHA_CLIENT_KEY and REGOTCHA_API_KEY/)
    expect(stderr).not.toContain('another-secret')
  })

  test('a base URL without TLS', async () => {
    await using desk = await openDesk()
    const { code, stderr } = await desk.run(['doctor'], { REGOTCHA_BASE_URL: 'http://api.example' })
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: /`baseURL`: expected an https URL/ })
  })

  test.each(['status', 'list', 'flush', 'held', 'retry --all', 'report'])('%s: a missing outbox', async (command) => {
    await using desk = await openDesk()
    const { code, stderr } = await desk.run(command.split(' '))
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^error: there is no outbox file at \S+outbox\.sqlite; there is no feedback on this machine yet/,
    )
  })

  test.each(['status', 'send task_1 --valid', 'flush', 'report'])(
    '%s: a damaged outbox, which is not changed',
    async (command) => {
      await using desk = await openDesk()
      const garbage = 'no database at all '.repeat(1000)
      writeFileSync(desk.file, garbage)
      const { code, stderr } = await desk.run(command.split(' '))
      expect({ code, stderr }).toMatchObject({ code: 3, stderr: /cannot be used: file is not a database/ })
      expect(readFileSync(desk.file, 'utf8')).toBe(garbage)
    },
  )

  test('an outbox from a newer version', async () => {
    await using desk = await openDesk()
    new DatabaseSync(desk.file).exec('CREATE TABLE future (x); PRAGMA user_version = 99')
    expect(await desk.run(['status'])).toMatchObject({ code: 3, stderr: /a newer version of this library made it/ })
    expect(await desk.run(['doctor'])).toMatchObject({ code: 1, stdout: /Upgrade Regotcha Feedback/ })
  })

  test('a locked outbox, which can be read, and changed once the lock is gone', async () => {
    await using desk = await openDesk()
    await desk.run(['send', 'task_unknown', '--valid'])
    using other = new DatabaseSync(desk.file)
    other.exec('BEGIN IMMEDIATE')
    expect(await desk.run(['status'])).toMatchObject({ code: 0 })
    const { code, stderr } = await desk.run(['retry', '--all'])
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: /another process holds its lock; try again/ })
    other.exec('ROLLBACK')
    expect(await desk.run(['retry', '--all'])).toMatchObject({ code: 0 })
  })

  test('an outbox in memory, which cannot be read', async () => {
    await using desk = await openDesk()
    expect(await desk.run(['status'], { REGOTCHA_OUTBOX: 'memory' })).toMatchObject({ code: 2, stderr: /--outbox/ })
  })
})
