/** Scripts that end in different ways, each in its own process. A script that is kept alive would never end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { describe, expect, test } from 'vitest'
import { compileCache } from '../setup/compile-cache.ts'

const anyPace = { perMinute: 60_000, burst: 1000 }

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** What scripts of one test share: the API, and an outbox file. */
async function openPlace() {
  const sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  const directory = mkdtempSync(`${tmpdir()}/leaving-`)
  return {
    sandbox,
    tasks: (count: number) => Array.from({ length: count }, () => sandbox.issueTask().taskId),
    recorded: () => new Set(sandbox.feedback.map(({ taskId }) => taskId)),

    /** Runs a script that has a `feedback` object; `onOutput` sees what it printed so far. */
    async run(
      script: string,
      options: object = {},
      onOutput: (kill: (signal: NodeJS.Signals) => void, output: string) => void = () => {},
    ): Promise<Ended> {
      const head = `
        import { createRegotchaFeedback } from '@regotcha-feedback/core'
        const feedback = createRegotchaFeedback(${JSON.stringify({ attemptTimeout: 45_000, pace: anyPace, ...options })})
      `
      const child = spawn(process.execPath, ['--input-type=module', '--eval', head + script], {
        cwd: import.meta.dirname,
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: compileCache,
          REGOTCHA_CLIENT_KEY: sandbox.clientKey,
          REGOTCHA_BASE_URL: sandbox.apiURL,
          REGOTCHA_OUTBOX: `${directory}/outbox.sqlite`,
        },
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data) => {
          output += data
          onOutput((signal) => child.kill(signal), output)
        })
      const [code, signal] = await once(child, 'close')
      expect(output).not.toContain(sandbox.clientKey)
      return { code, signal, output }
    },

    async [Symbol.asyncDispose]() {
      await sandbox.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const reporting = (taskIds: readonly string[]) => `
  for (const taskId of ${JSON.stringify(taskIds)}) void feedback.report(taskId, true)
`
const cleanly = { code: 0, signal: null, output: '' }

test.concurrent('a script that ends delivers first, as far as the pace allows', async () => {
  await using place = await openPlace()
  const { run, tasks, recorded } = place
  const taskIds = tasks(25)
  const { code, output } = await run(reporting(taskIds), { pace: { perMinute: 0.001, burst: 20 } })
  expect(code).toBe(0)
  expect(output).toContain('more than the `pace` of 0.001 a minute can send')
  expect(recorded().size).toBe(20)
})

test.concurrent.each<[string, (sandbox: Sandbox) => unknown]>([
  ['refuses', (sandbox) => sandbox.close()],
  ['answers 503', (sandbox) => sandbox.fault({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY)],
  ['is silent', (sandbox) => sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)],
  ['limits the rate', (sandbox) => sandbox.fault({ kind: 'rate-limit', retryAfter: 3600 }, Number.POSITIVE_INFINITY)],
])('a script that just ends is not held up by an API that %s', async (_, harm) => {
  await using place = await openPlace()
  const { run, sandbox, tasks, recorded } = place
  const taskIds = tasks(25)
  await harm(sandbox)
  expect(await run(reporting(taskIds), { attemptTimeout: 1000 })).toEqual(cleanly)
  expect(recorded()).toEqual(new Set())
})

test.concurrent('if the API does not answer at a script’s end, the next run delivers at once', async () => {
  await using place = await openPlace()
  const { run, sandbox, tasks, recorded } = place
  const taskIds = tasks(5)
  const endSilence = sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)
  await run(reporting(taskIds), { attemptTimeout: 1000 })
  endSilence()
  await run('await feedback.flush()')
  expect(recorded()).toEqual(new Set(taskIds))
})

test.concurrent('a script with other things to do waits for a slow API', async () => {
  await using place = await openPlace()
  const { run, sandbox, tasks } = place
  const [taskId = ''] = tasks(1)
  sandbox.fault({ kind: 'stall' })
  const script = `
    feedback.report('${taskId}', true).then((delivery) => {
      console.log(delivery)
      clearInterval(work)
    })
    const work = setInterval(() => {}, 1000)`
  const { output } = await run(script, { attemptTimeout: 4000 })
  expect(output).toContain("{ kind: 'delivered', by: 'recorded', attempts: 2 }")
})

test.concurrent('a script that ends while awaiting a delivery exits with 0', async () => {
  await using place = await openPlace()
  const { run, sandbox, tasks } = place
  sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const { code, output } = await run(`console.log(await feedback.report('${tasks(1)[0]}', true))`)
  expect({ code, output }).toEqual({ code: 0, output: "{ kind: 'pending' }\n" })
})

test.concurrent('`await using` delivers at the end of the scope', async () => {
  await using place = await openPlace()
  const { run, sandbox, tasks, recorded } = place
  const taskIds = tasks(3)
  const script = `{ await using scope = feedback; ${reporting(taskIds)} } console.log('left')`
  sandbox.fault({ kind: 'reset' }, 2)
  let before = new Set<string>()
  const { output } = await run(script, {}, () => {
    before = recorded()
  })
  expect(output).toBe('left\n')
  expect(before).toEqual(new Set(taskIds))
})

test.concurrent('process.exit() loses nothing', async () => {
  await using place = await openPlace()
  const { run, tasks, recorded } = place
  const taskIds = tasks(20)
  const looked = 'await new Promise(setImmediate)' // from now on what is reported is claimed at once
  expect(await run(`${looked}\n${reporting(taskIds)} process.exit(3)`)).toEqual({ ...cleanly, code: 3 })
  expect(recorded()).toEqual(new Set())
  await run('await feedback.flush()')
  expect(recorded()).toEqual(new Set(taskIds))
})

test.concurrent('the client has no listeners for signals or rejections by default, and none after close()', async () => {
  await using place = await openPlace()
  const { run } = place
  const script = `
    const nodes = ['newListener', 'removeListener', 'warning']
    const heard = () => process.eventNames().filter((name) => !nodes.includes(name))
    const before = heard()
    feedback.report('task', true)
    const during = heard()
    await feedback.close({ timeout: 1 })
    console.log(before, during, heard())`
  expect((await run(script)).output).toBe("[] [ 'beforeExit' ] []\n")
  const { output } = await run(script, { closeOn: ['SIGTERM'] })
  expect(output).toBe("[ 'SIGTERM' ] [ 'SIGTERM', 'beforeExit' ] []\n")
})

describe('with closeOn, a signal', () => {
  const closeOn = ['SIGTERM', 'SIGINT']
  const running = (taskIds: readonly string[]) => `
    ${reporting(taskIds)}
    setInterval(() => console.log('running'), 200)`
  const endingBy = { code: null, signal: 'SIGTERM' }

  test.concurrent('ends the process as usual, after a flush', async () => {
    await using place = await openPlace()
    const { run, sandbox, tasks, recorded } = place
    const taskIds = tasks(3)
    const endOutage = sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const ended = await run(running(taskIds), { closeOn, closeTimeout: 60_000 }, (kill, output) => {
      if (output === 'running\n') kill('SIGTERM')
      endOutage()
    })
    expect(ended).toMatchObject(endingBy)
    expect(recorded()).toEqual(new Set(taskIds))
  })

  test.concurrent('ends it after closeTimeout if the API is slow, and the next run delivers the rest at once', async () => {
    await using place = await openPlace()
    const { run, sandbox, tasks, recorded } = place
    const taskIds = tasks(3)
    const endSilence = sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)
    const ended = await run(running(taskIds), { closeOn, closeTimeout: 500 }, (kill, output) => {
      if (output === 'running\n') kill('SIGTERM')
    })
    expect(ended).toMatchObject(endingBy)
    expect(recorded()).toEqual(new Set())
    endSilence()
    await run('await feedback.flush()')
    expect(recorded()).toEqual(new Set(taskIds))
  })

  test.concurrent('ends it at once if it comes a second time', async () => {
    await using place = await openPlace()
    const { run, sandbox, tasks } = place
    sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)
    const ended = await run(running(tasks(3)), { closeOn, closeTimeout: 3_600_000 }, (kill) => kill('SIGTERM'))
    expect(ended).toMatchObject(endingBy)
  })

  test.concurrent('does not end it if there are other listeners', async () => {
    await using place = await openPlace()
    const { run, tasks } = place
    const script = `
      ${running(tasks(1))}
      process.once('SIGTERM', () => setTimeout(() => process.exit(7), 1000))`
    const ended = await run(script, { closeOn, closeTimeout: 1 }, (kill, output) => {
      if (output === 'running\n') kill('SIGTERM')
    })
    expect(ended).toMatchObject({ code: 7 })
  })

  test.concurrent('ends it although two clients listen, and later reports are still taken', async () => {
    await using place = await openPlace()
    const { run, sandbox, tasks, recorded } = place
    const taskIds = tasks(2)
    const script = `
      const second = createRegotchaFeedback({ closeOn: ['SIGTERM'], outbox: 'memory' })
      ${running(taskIds.slice(0, 1))}
      process.prependListener('SIGTERM', report)
      function report() {
        process.off('SIGTERM', report)
        setTimeout(() => feedback.report('${taskIds[1]}', true), 50)
      }`
    sandbox.fault({ kind: 'stall' }, 1)
    const ended = await run(script, { closeOn, closeTimeout: 1500 }, (kill, output) => {
      if (output === 'running\n') kill('SIGTERM')
    })
    expect(ended).toMatchObject(endingBy)
    expect(recorded()).toEqual(new Set(taskIds.slice(1)))
  })
})

describe.concurrent('a script that only fetches, and has nothing else to do', () => {
  const login = (sandbox: Sandbox, valid: boolean, { isWatched = true, then = '' } = {}) => {
    const { token, taskId } = sandbox.issueTask({ valid })
    return `
      {
        const options = { token: '${token}', acceptedWhen: json(z.object({ success: z.literal(true) })), feedback }
        const site = withRegotchaFeedback(fetch, '${taskId}', { ...options, silence: 'rejected' })
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ username: 'ada', captcha: '${token}' })
        const call = ${isWatched ? 'site' : 'fetch'}
        await (await call('${sandbox.url('json')}login', { method: 'POST', headers, body })).json()
        ${then}
      }
    `
  }
  const imports = `
    import { json, withRegotchaFeedback } from '@regotcha-feedback/http'
    import { z } from 'zod'
  `

  test('delivers both verdicts, though an acceptance waits for what may contradict it', async () => {
    await using place = await openPlace()
    const { run, sandbox } = place
    expect(await run(imports + login(sandbox, true) + login(sandbox, false))).toEqual(cleanly)
    expect(sandbox.feedback.map(({ valid }) => valid).toSorted()).toEqual([false, true])
  })

  test('gets the verdict and the delivery that it awaits', async () => {
    await using place = await openPlace()
    const { run, sandbox } = place
    const then = 'console.log(String(await site.feedback.verdict), (await site.feedback.delivery).kind)'
    const { code, output } = await run(imports + login(sandbox, true, { then }))
    expect(code).toBe(0)
    expect(output).toMatch(/^accepted: acceptedWhen held.* delivered\n$/)
  })

  test('learns that it called another fetch than the watched one, and nothing is rejected by silence', async () => {
    await using place = await openPlace()
    const { run, sandbox } = place
    const { code, output } = await run(imports + login(sandbox, true, { isWatched: false }))
    expect(code).toBe(0)
    expect(output).toContain('undecided (not-submitted)')
    expect(sandbox.feedback).toEqual([])
  })

  test('rejects nothing by a silence that had no time to be one', async () => {
    await using place = await openPlace()
    const { run, sandbox } = place
    const then = 'console.log(String(await site.feedback.verdict))'
    const { output } = await run(
      imports + login(sandbox, true, { then }).replace('success: z.literal', 'ok: z.literal'),
    )
    expect(output).toContain('undecided (no-match)')
    expect(sandbox.feedback).toEqual([])
  })
})
