/** Rules out of recorded visits. */
import { type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { expect, test } from 'vitest'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { folder, run, site, write } from './command-line.ts'
import { type Answer, madeUpVisit, wrongCaptcha } from './made-up.ts'
import { recordVisit } from './record-visit.ts'

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

test('a flag beside a sentence of something else is proposed, and taken of what no other refusal has', async () => {
  const saying = (message: string) => () => ({ body: { success: false, message } })
  const answers = { accepted: () => ({ body: { success: true } }), rejected: saying('Please try once more.') }
  const { code, stdout } = await run('suggest', ...site('flag', answers).training)
  expect(code).toBe(1)
  expect(stdout).not.toContain('export const rejectedWhen')
  expect(stdout).toContain('// Perhaps json(z.object({ success: z.literal(false) }))')
  const { training, unseen } = site('flag-proven', { ...answers, otherwise: saying('Wrong password.') })
  const { stdout: rules } = await run('suggest', ...training)
  expect(rules).toContain("rejectedWhen = json(z.object({ message: z.literal('Please try once more.') }))")
  expect(await run('check', write('flag-proven/rules.ts', rules), ...unseen)).toMatchObject({ code: 0 })
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

test('rules for sites of the sandbox are right on visits that they have not seen', { timeout: 300_000 }, async () => {
  const sites = ['form', 'json', 'challenge'] as const
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
