/** Rules out of recorded visits, and rules against them, by the real command line. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { madeUpVisit } from './made-up.ts'
import { recordVisit } from './record-visit.ts'

const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')
const folder = mkdtempSync(`${tmpdir()}/suggest-`)
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string | object) => {
  const path = `${folder}/${name}`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const run = (...args: readonly string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

type Answer = Parameters<typeof madeUpVisit>[0]

/** Visits of one site, one after another, each by somebody else. */
function site(
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

const wrongCaptcha = '<h1>Sign in</h1><p class="error">Wrong captcha, please try again.</p>'
const people = ['Ada', 'Grace', 'Edsger']

test.each<readonly [string, Readonly<Record<string, (n: number) => Answer>>, readonly string[]]>([
  [
    'where it leads, whoever it is',
    {
      accepted: (n) => ({ leadsTo: { to: `/u/user${n}/orders?id=83${n}`, body: `<h1>Hello, ${people[n]}</h1>` } }),
      rejected: () => ({ body: wrongCaptcha }),
    },
    ["url('**/u/*/orders')", 'rejectedWhen = captchaRefused()'],
  ],
  [
    'where it leads, whatever the account is called',
    {
      accepted: (n) => ({ leadsTo: { to: `/${people[n]?.toLowerCase()}/orders`, body: '' } }),
      rejected: () => ({ body: wrongCaptcha }),
    },
    ["url('**/*/orders')"],
  ],
  [
    'a flag in JSON, not what varies beside it',
    {
      accepted: (n) => ({ body: { at: 1767225600 + n, id: `a${n}b${n}c`, user: { name: people[n] }, done: true } }),
      rejected: (n) => ({ body: { at: 1767225600 + n, done: false, trace: `f00d${n}` } }),
    },
    ['json(z.object({ done: z.literal(true) }))', 'json(z.object({ done: z.literal(false) }))'],
  ],
  [
    'a sentence, up to the name in it',
    {
      accepted: (n) => ({ body: `<title>Shop</title><h1>Welcome back ${people[n]}</h1><p>${n} orders</p>` }),
      rejected: () => ({ body: wrongCaptcha }),
    },
    ["text('Welcome back')"],
  ],
  [
    'a title, of which a script of the other page has the words',
    {
      accepted: () => ({ body: '<title>Welcome</title><h1>Welcome</h1>' }),
      rejected: () => ({ body: `<title>Sign in</title><script>const done = 'Welcome'</script>${wrongCaptcha}` }),
    },
    ["text('<title>Welcome')"],
  ],
  [
    'a cookie that is set',
    {
      accepted: (n) => ({ headers: { 'set-cookie': `sid=${n}f; Path=/` }, body: '<h1>Sign in</h1>' }),
      rejected: () => ({ body: wrongCaptcha }),
    },
    ["header('set-cookie', /^sid=[^;\\s]/m)"],
  ],
  [
    'a cookie whose value is a word',
    {
      accepted: () => ({ headers: { 'set-cookie': 'role=member; Path=/' }, body: '<h1>Sign in</h1>' }),
      rejected: () => ({ headers: { 'set-cookie': 'role=guest; Path=/' }, body: wrongCaptcha }),
    },
    ["header('set-cookie', /^role=member(?:;|$)/m)"],
  ],
  [
    'an alert, where there is nothing but a script',
    {
      accepted: () => ({ leadsTo: { to: '/orders', body: '' } }),
      rejected: () => ({ body: "<script>alert('Captcha incorrect.'); history.back()</script>" }),
    },
    ["rejectedWhen = text('Captcha incorrect.')"],
  ],
  [
    'a refusal of the captcha among others',
    {
      accepted: () => ({ leadsTo: { to: '/orders', body: '<h1>Orders</h1>' } }),
      rejected: () => ({ status: 422, body: { ok: false, fault: { type: 'bot_check' } } }),
      otherwise: () => ({ status: 422, body: { ok: false, fault: { type: 'password' } } }),
    },
    ["url('**/orders')", "json(z.object({ fault: z.object({ type: z.literal('bot_check') }) }))"],
  ],
  [
    'what an error of a list says, not that there is one',
    {
      accepted: (n) => ({ body: { data: { login: { id: `u${n}` } } } }),
      rejected: (n) => ({
        body: { data: null, errors: [{ message: `No. ${n}`, extensions: { code: 'HUMAN_CHECK', trace: `f00d${n}` } }] },
      }),
      otherwise: () => ({ body: { data: null, errors: [{ message: 'No.', extensions: { code: 'PASSWORD' } }] } }),
    },
    [
      "json(z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.literal('HUMAN_CHECK') }) })).nonempty() }))",
    ],
  ],
])('finds %s', async (name, answers, lines) => {
  const { training, unseen } = site(name.replace(/\W+/g, '-'), answers)
  const { code, stdout, stderr } = await run('suggest', ...training)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const line of lines) expect(stdout).toContain(line)
  const rules = write(`${name.replace(/\W+/g, '-')}/rules.ts`, stdout)
  expect(await run('check', rules, ...unseen)).toMatchObject({ code: 0, stderr: '' })
})

test('where no condition is enough by itself, two are', async () => {
  const { single, unseen } = site('two', {
    accepted: () => ({ body: { step: 'done', status: 'ok' } }),
    rejected: () => ({ body: { step: 'done', status: 'captcha_failed' } }),
    otherwise: () => ({ body: { step: 'form', status: 'ok' } }),
  })
  const { code, stdout } = await run('suggest', ...single)
  expect(code).toBe(0)
  expect(stdout).toContain('acceptedWhen = all(json(')
  expect(await run('check', write('two/rules.ts', stdout), ...unseen)).toMatchObject({ code: 0 })
})

test('a status that many pages have is no rule by itself', async () => {
  const { single } = site('plain', {
    accepted: () => ({ status: 200, body: '<h1>Sign in</h1>' }),
    rejected: () => ({ status: 403, body: '<h1>Sign in</h1>' }),
  })
  const { code, stderr } = await run('suggest', ...single)
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("can't be told apart") })
})

test('of a call a status of 200 tells, where nothing else does', async () => {
  const answers = { accepted: () => ({ status: 200 }), rejected: () => ({ status: 403 }) }
  const { training, unseen } = site('call', answers, { isCall: true })
  const { code, stdout } = await run('suggest', ...training)
  expect(code).toBe(0)
  expect(stdout).toContain('acceptedWhen = status(200)')
  expect(stdout).toContain('rejectedWhen = status(403)')
  expect(await run('check', write('call/rules.ts', stdout), ...unseen)).toMatchObject({ code: 0 })
})

test('a refusal is told by the reason that it names, in a list too, not by what each refusal has', async () => {
  const failing = (code: string) => () => ({
    body: { data: { signIn: null }, errors: [{ message: 'Sorry', extensions: { code } }] },
  })
  const { training, unseen } = site('graph', {
    accepted: () => ({ body: { data: { signIn: { ok: true } } } }),
    rejected: failing('UNVERIFIED'),
  })
  const { code, stdout } = await run('suggest', ...training)
  expect(code).toBe(0)
  expect(stdout).toContain(
    "json(z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.literal('UNVERIFIED') }) })).nonempty() }))",
  )
  const password = write('graph/otherwise.har', madeUpVisit(failing('BAD_CREDENTIALS')()))
  expect(await run('check', write('graph/rules.ts', stdout), ...unseen, password)).toMatchObject({ code: 0 })
})

test('what any refusal of a page may have makes no rule, and its error is proposed', async () => {
  const { training } = site('any', {
    accepted: () => ({ leadsTo: { to: '/orders', body: '' } }),
    rejected: () => ({ status: 422, body: '<h1>Sign in</h1><p class="error">Please try once more.</p>' }),
  })
  const { code, stdout } = await run('suggest', ...training)
  expect(code).toBe(1)
  expect(stdout).not.toContain('export const rejectedWhen')
  expect(stdout).toContain("// Perhaps text('Please try once more.'): it held on all that were rejected.")
})

test('a site that accepts in two ways has both in its rules, each with where it held', async () => {
  const accepted = [
    write('two-ways/accepted-a.har', madeUpVisit({ leadsTo: { to: '/orders', body: '' } })),
    write('two-ways/accepted-b.har', madeUpVisit({ leadsTo: { to: '/profile', body: '' } })),
  ]
  const rejected = write('two-ways/rejected.har', madeUpVisit({ body: wrongCaptcha }))
  const { code, stdout } = await run('suggest', ...accepted, rejected)
  expect(code).toBe(0)
  expect(stdout).toContain(`export const acceptedWhen = any(
  // Held on 1 of 2 accepted (accepted-a.har), on none of the 1 others.
  url('**/orders'),
  // Held on 1 of 2 accepted (accepted-b.har), on none of the 1 others.
  url('**/profile'),
)`)
})

test('one refusal that does not speak of the captcha makes no rule, and says what would', async () => {
  const { single } = site('silent', {
    accepted: () => ({ body: { success: true } }),
    rejected: () => ({ body: { success: false } }),
  })
  const { code, stdout } = await run('suggest', ...single)
  expect(code).toBe(1)
  expect(stdout).not.toContain('export const rejectedWhen')
  expect(stdout).toContain('--refused-otherwise')
  expect(stdout).toContain('rejected-0.har  rejected  undecided')
})

test('where nothing tells an acceptance, the rules tell the refusals, and that the rest is to be written', async () => {
  const { single, unseen } = site('half', {
    accepted: () => ({ body: '<h1>Sign in</h1>' }),
    rejected: () => ({ body: wrongCaptcha }),
  })
  const { code, stdout } = await run('suggest', ...single)
  expect(code).toBe(1)
  expect(stdout).toContain('export const acceptedWhen = () => false')
  expect(stdout).toContain('export const rejectedWhen = captchaRefused()')
  expect(stdout).toMatch(/^\/\/ Note: .* write `acceptedWhen` by hand/m)
  const { stdout: checked } = await run('check', write('half/rules.ts', stdout), ...unseen, '--json')
  expect(JSON.parse(checked)).toMatchObject({
    recordings: [
      { name: 'accepted-2.har', isAsExpected: false, verdict: { kind: 'undecided' } },
      { name: 'rejected-2.har', isAsExpected: true },
    ],
  })
})

const formAgain =
  '<h1>Sign in</h1><div class="g-recaptcha" data-sitekey="6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI"></div>'

test('what a recording lost is not taken for missing: no rule comes of it', async () => {
  const accepted = write('lost/accepted.har', madeUpVisit({ body: { received: true } }))
  const refused = JSON.stringify(madeUpVisit({ body: { received: true } }))
  const rejected = write('lost/rejected.har', refused.replace(/"size":\d+,"text":"\{[^}]*\}"/, '"size":999'))
  expect(await run('suggest', accepted, rejected)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('bodies are missing from rejected.har'),
  })
})

test('a captcha that is shown again tells a refusal where another refusal is known to show none', async () => {
  const answers: Parameters<typeof site>[1] = {
    accepted: () => ({ leadsTo: { to: '/orders', body: '' } }),
    rejected: () => ({ body: formAgain }),
  }
  const { training } = site('again', answers)
  const { code, stdout } = await run('suggest', ...training)
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('// Perhaps captchaAgain():') })
  expect(stdout).not.toContain('export const rejectedWhen')
  const proven = site('again-proven', { ...answers, otherwise: () => ({ body: '<h1>Sign in</h1>' }) })
  const { stdout: rules } = await run('suggest', ...proven.training)
  expect(rules).toContain('export const rejectedWhen = captchaAgain()')
  expect(await run('check', write('again/rules.ts', rules), ...proven.unseen)).toMatchObject({ code: 0 })
})

const acceptedOrders: Answer = { leadsTo: { to: '/orders', body: '<h1>Orders</h1>' } }

test('a form that shows no token is the submission, where all visits send it and no other', async () => {
  const answers = { accepted: () => acceptedOrders, rejected: () => ({ body: wrongCaptcha }) }
  const { training, unseen } = site('encrypted', answers, { sends: 'sealed=b64' })
  const { code, stdout } = await run('suggest', ...training)
  expect(code).toBe(0)
  expect(stdout).toContain('export const token = undefined')
  expect(stdout).toContain("method === 'POST' && url.includes('/session')")
  expect(await run('check', write('encrypted/rules.ts', stdout), ...unseen)).toMatchObject({ code: 0 })
})

test('a token that looks like none is in the form that takes those of the other visits', async () => {
  const accepted = write('made-up/accepted.har', madeUpVisit(acceptedOrders))
  const rejected = write(
    'made-up/rejected.har',
    madeUpVisit({ body: wrongCaptcha }, { sends: 'g-recaptcha-response=bad' }),
  )
  const { code, stdout } = await run('suggest', accepted, rejected)
  expect(code).toBe(0)
  expect(stdout).not.toContain('submittedWhen')
})

test('visits that look the same are told so, with what would help', async () => {
  const { single } = site('same', { accepted: () => ({ body: 'Thanks' }), rejected: () => ({ body: 'Thanks' }) })
  const { code, stdout, stderr } = await run('suggest', ...single)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain("error: the recordings can't be told apart")
})

describe('bad input is a sentence with what to do, and an exit code', () => {
  const accepted = () => write('bad/accepted.har', madeUpVisit({ leadsTo: { to: '/orders', body: '' } }))
  const truncated = () =>
    write('bad/rejected-cut.har', JSON.stringify(madeUpVisit({ body: wrongCaptcha })).slice(0, -200))
  const elsewhere = () => write('bad/rejected-abroad.har', madeUpVisit({ body: wrongCaptcha }, { host: 'a.test' }))
  const tokenless = () => write('bad/rejected-idle.har', { log: { entries: [] } })
  const hidden = () => {
    const har = madeUpVisit({ body: wrongCaptcha })
    return write('bad/rejected-hidden.har', JSON.stringify(har).replace(/g-recaptcha-response=[^"]*/, 'blob'))
  }
  const bodiless = (name: string, answer: Answer) =>
    write(name, JSON.stringify(madeUpVisit(answer)).replace(/"size":(\d+),"text":"(?:[^"\\]|\\.)*"/g, '"size":999'))

  test.each<readonly [string, () => readonly string[], number, string]>([
    ['nothing', () => [], 2, 'expected recordings'],
    ['of one kind', () => [accepted()], 2, 'no recording is rejected: record a visit'],
    ['truncated', () => [accepted(), truncated()], 2, 'rejected-cut.har ends in the middle of entry'],
    ['of two sites', () => [accepted(), elsewhere()], 2, 'of two sites, shop.example'],
    ['without a submission', () => [accepted(), tokenless()], 2, "no request in it submits a captcha's token"],
    [
      'of unknown outcome',
      () => [accepted(), write('bad/x.har', madeUpVisit({}))],
      2,
      'whether it was accepted is unknown',
    ],
    ['given twice', () => [accepted(), accepted()], 2, 'is given twice'],
    ['not there', () => [accepted(), `${folder}/rejected-none.har`], 2, "can't be read: ENOENT"],
    [
      'without bodies',
      () => [bodiless('bad/accepted-b.har', { body: 'Hello' }), bodiless('bad/rejected-b.har', { body: wrongCaptcha })],
      1,
      'bodies are missing from accepted-b.har, rejected-b.har: record with content',
    ],
  ])('recordings %s', async (_, files, exit, sentence) => {
    const { code, stdout, stderr } = await run('suggest', ...files())
    expect({ code, stdout, stderr }).toEqual({ code: exit, stdout: '', stderr: expect.stringContaining(sentence) })
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('several requests that may be the submission are named', async () => {
    const [one, two] = [{ sends: 'blob' }, { sends: 'blob' }].map((options) => madeUpVisit({}, options))
    const more = (har: ReturnType<typeof madeUpVisit> | undefined) => {
      const text = JSON.stringify(har?.log.entries[1]).replace('/session', '/draft')
      return { log: { ...har?.log, entries: [...(har?.log.entries ?? []), JSON.parse(text)] } }
    }
    const paths = [write('bad/accepted-two.har', more(one)), write('bad/rejected-two.har', more(two))]
    const { code, stderr } = await run('suggest', ...paths)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('such as /session or /draft') })
  })

  test('a submission with a body that is hidden is known by where it goes', async () => {
    const { code, stdout } = await run('suggest', accepted(), hidden(), '--submitted-to', '/session')
    expect(code).toBe(0)
    expect(stdout).toContain("url.includes('/session')")
    const rules = write('bad/rules.ts', stdout)
    expect(await run('check', rules, accepted(), hidden())).toMatchObject({ code: 0 })
  })

  test('rules that do not compile', async () => {
    const rules = write('bad/broken.ts', 'export const acceptedWhen = (')
    const { code, stderr } = await run('check', rules, accepted())
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("broken.ts can't be loaded: SyntaxError"),
    })
  })

  test('a recording of which nothing is expected', async () => {
    const rules = write('bad/good.ts', 'export const acceptedWhen = () => true')
    const { code, stderr } = await run('check', rules, write('bad/x.har', madeUpVisit({})))
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('what to expect is unknown: pass --expect'),
    })
  })
})

describe('check', () => {
  const visits = () =>
    site('checked', {
      accepted: () => ({ leadsTo: { to: '/orders', body: '' } }),
      rejected: () => ({ body: wrongCaptcha }),
    }).single

  test('shows the evidence of a verdict that is not as expected', async () => {
    const rules = write(
      'never.ts',
      "import { url } from '@regotcha-feedback/core'\nexport const acceptedWhen = url('**/order')",
    )
    const { code, stdout } = await run('check', rules, ...visits())
    expect(code).toBe(1)
    expect(stdout).toMatch(/^no {2}accepted-0\.har {2}undecided \(no-match\) {2}expected accepted$/m)
    expect(stdout).toContain('response 200 https://shop.example/orders')
    expect(stdout).toContain('acceptedWhen held nowhere')
    expect(stdout).toContain('2 recordings, 1 as expected')
  })

  test('points out a predicate that holds on everything', async () => {
    const rules = write('always.ts', 'export const acceptedWhen = () => true')
    const { code, stdout } = await run('check', rules, ...visits(), '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      recordings: [
        { name: 'accepted-0.har', isAsExpected: true },
        { name: 'rejected-0.har', isAsExpected: false },
      ],
      remarks: ['acceptedWhen held on all 2 recordings that it was asked on: it tells nothing apart'],
    })
  })

  test('--expect tells of recordings whose path does not', async () => {
    const rules = write('good.ts', "export const acceptedWhen = ({ url }: { url: string }) => url.endsWith('/orders')")
    const other = write('checked/third.har', madeUpVisit({ leadsTo: { to: '/orders', body: '' } }))
    expect(await run('check', rules, other, '--expect', 'accepted')).toMatchObject({ code: 0 })
    expect(await run('check', rules, other, '--expect', 'rejected')).toMatchObject({ code: 1 })
  })

  test('--watch checks again when the rules or a recording change', async () => {
    const rules = write('watched/rules.ts', 'export const acceptedWhen = () => false')
    const har = write('watched/accepted.har', madeUpVisit({ leadsTo: { to: '/orders', body: '' } }))
    const child = spawn(process.execPath, [main, 'check', rules, har, '--watch'])
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    const until = async (text: string) => {
      await vi.waitFor(() => expect(output).toContain(text), { timeout: 30_000 })
      await vi.waitFor(() => expect(output).toMatch(/watching rules\.ts, accepted\.har\n$/), { timeout: 30_000 })
      output = ''
    }
    try {
      await until('1 recording, 0 as expected')
      write('watched/rules.ts', "export const acceptedWhen = ({ url }: { url: string }) => url.endsWith('/orders')")
      await until('1 recording, all as expected')
      write('watched/accepted.har', madeUpVisit({ body: wrongCaptcha }))
      await until('1 recording, 0 as expected')
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })
})

test('rules for sites of the sandbox are right on visits that they have not seen', { timeout: 300_000 }, async () => {
  const sites = ['form', 'json', 'xhr', 'draft', 'challenge'] as const
  await using sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  await using browser = await chromium.launch({ executablePath: findChromium() ?? '', args: chromiumArgs })
  const of = (site: SiteName, ns: readonly number[]) =>
    ns.flatMap((n) => [`${folder}/${site}/accepted-${n}.har`, `${folder}/${site}/rejected-${n}.har`])
  for (const site of sites) {
    await Promise.all(
      of(site, [0, 1, 2]).map(async (path) => {
        const isRecorded = await recordVisit(browser, sandbox, { site, valid: path.includes('accepted'), path })
        expect(isRecorded, path).toBe(true)
      }),
    )
    const { stdout, stderr } = await run('suggest', ...of(site, [0, 1]))
    const rules = write(`${site}/rules.ts`, stdout)
    const checked = await run('check', rules, ...of(site, [2]))
    expect(checked, `${site}: ${stdout}${stderr}${checked.stdout}`).toMatchObject({ code: 0 })
  }
})
