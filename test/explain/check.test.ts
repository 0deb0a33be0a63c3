/** Rules against recorded visits. */
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { run, site, start, write } from './command-line.ts'
import { madeUpVisit, wrongCaptcha } from './made-up.ts'

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
  const child = start('check', rules, har, '--watch')
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
