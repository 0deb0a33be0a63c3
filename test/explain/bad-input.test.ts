/** What suggest and check make of recordings and rules that they can't work with. */
import { describe, expect, test } from 'vitest'
import { folder, run, write } from './command-line.ts'
import { type Answer, madeUpVisit, wrongCaptcha } from './made-up.ts'

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

  const broken = JSON.parse(JSON.stringify(madeUpVisit({}).log.entries[1]).replace('https://', 'http://['))

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
    ['not there', () => [accepted(), `${folder}/rejected-none.har`], 2, 'there is no such file'],
    [
      'of which none has what --submitted-to names',
      () => [accepted(), write('bad/rejected.har', madeUpVisit({ body: wrongCaptcha })), '--submitted-to', '/nowhere'],
      2,
      'has /nowhere in its URL: name a part of the URL of the request that takes the token to the site, such as /session',
    ],
    [
      'with a URL that is none',
      () => [accepted(), write('bad/rejected-url.har', { log: { entries: [broken] } })],
      2,
      'no request',
    ],
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

  test.each([
    ['do not compile', 'bad/broken.ts', 'export const acceptedWhen = (', "broken.ts can't be loaded: SyntaxError"],
    [
      'can match no URL, with their line',
      'bad/glob.ts',
      "import { url } from '@regotcha-feedback/core'\nexport const acceptedWhen = url('/orders')",
      '(glob.ts:2:29)',
    ],
    ['are a recording', 'bad/rejected.har', '{}', 'is no module: give rules as a .ts or .js file'],
  ])('rules that %s', async (_, name, code, sentence) => {
    const { code: exit, stderr } = await run('check', write(name, code), accepted())
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining(sentence) })
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('rules that throw are shown with the place, and not with what they read', async () => {
    const rules = write('bad/throws.ts', "export const acceptedWhen = () => { throw new Error('secret') }")
    const { code, stdout } = await run('check', rules, accepted())
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('it threw Error, at throws.ts:1:43') })
    expect(stdout).not.toContain('it threw it threw')
    expect(stdout).not.toContain('secret')
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
