import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openDesk } from './desk.ts'

const outcomes = ({ findings }: { findings: { check: string; outcome: string }[] }) =>
  Object.fromEntries(findings.map(({ check, outcome }) => [check, outcome]))

test.concurrent('where all is well it says so, and records nothing', async () => {
  await using desk = await openDesk()
  const { code, stdout, stderr } = await desk.run(['doctor'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/✔ {2}key +the API accepts it\n/)
  expect(stdout).toMatch(/\n\nReady\.\n$/)
  expect(desk.sandbox.requests).toHaveLength(1)
  expect(desk.sandbox.feedback).toEqual([])
  await desk.decide(1)
  expect(outcomes(await desk.json('doctor'))).toEqual({
    api: 'good',
    key: 'good',
    clock: 'good',
    sqlite: 'good',
    disk: 'good',
    outbox: 'good',
    browser: 'warning', // the desk is no project
  })
})

test.concurrent('a refused key and a missing one', async () => {
  await using desk = await openDesk()
  const refused = await desk.run(['doctor'], { REGOTCHA_CLIENT_KEY: 'mistyped' })
  expect(refused).toMatchObject({ code: 1, stdout: /✖ {2}key +the API refuses it \(ERROR_KEY_DOES_NOT_EXIST\)\n +→ / })
  expect(refused.stdout).not.toContain('mistyped')
  const missing = await desk.run(['doctor'], { REGOTCHA_CLIENT_KEY: '' })
  expect(missing).toMatchObject({ code: 1, stdout: /✖ {2}key +none is set\n +→ Set REGOTCHA_CLIENT_KEY/ })
})

test.concurrent('an API out of reach, out of order, and with another time', async () => {
  await using desk = await openDesk()
  const unreachable = await desk.run(['doctor'], { REGOTCHA_BASE_URL: 'http://127.0.0.1:9' })
  expect(unreachable).toMatchObject({ code: 1, stdout: /✖ {2}api +http:\/\/127\.0\.0\.1:9 cannot be reached: / })
  desk.sandbox.fault({ kind: 'status', status: 503 })
  expect(await desk.run(['doctor'])).toMatchObject({ code: 1, stdout: /✖ {2}api +\S+ is out of order: HTTP 503/ })

  const late = createServer((_, response) => {
    response.writeHead(200, { date: new Date(Date.now() - 3_600_000).toUTCString() })
    response.end(JSON.stringify({ errorId: 1, errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' }))
  })
  await new Promise<void>((listening) => void late.listen(0, '127.0.0.1', listening))
  const { port } = late.address() as AddressInfo
  const ahead = await desk.run(['doctor'], { REGOTCHA_BASE_URL: `http://127.0.0.1:${port}` })
  late.close()
  expect(ahead).toMatchObject({ code: 1, stdout: /✖ {2}clock +60 min ahead of the API’s\n +→ Let the system/ })
})

test.concurrent('a directory that cannot hold the outbox', async () => {
  await using desk = await openDesk()
  const { code, stdout } = await desk.run(['doctor', '--outbox', '/proc/regotcha/outbox.sqlite'])
  expect({ code, stdout }).toMatchObject({ code: 1, stdout: /✖ {2}disk +/ })
})
