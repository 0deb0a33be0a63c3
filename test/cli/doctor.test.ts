import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { type Desk, openDesk } from './desk.ts'

const outcomes = ({ findings }: { findings: { check: string; outcome: string }[] }) =>
  Object.fromEntries(findings.map(({ check, outcome }) => [check, outcome]))

test.concurrent('if there are no problems it says so, and records nothing', async () => {
  await using desk = await openDesk()
  const { code, stdout, stderr } = await desk.runBinary(['doctor'])
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
    browser: 'warning', // there is no project at the desk
  })
})

test.concurrent('finds a refused key and a missing key', async () => {
  await using desk = await openDesk()
  const refused = await desk.run(['doctor'], { REGOTCHA_CLIENT_KEY: 'mistyped' })
  expect(refused).toMatchObject({ code: 1, stdout: /✖ {2}key +the API refuses it \(ERROR_KEY_DOES_NOT_EXIST\)\n +→ / })
  expect(refused.stdout).not.toContain('mistyped')
  const missing = await desk.run(['doctor'], { REGOTCHA_CLIENT_KEY: '' })
  expect(missing).toMatchObject({ code: 1, stdout: /✖ {2}key +not set\n +→ Set REGOTCHA_CLIENT_KEY/ })
})

test.concurrent('finds an API that is unreachable, failing, or has a different time', async () => {
  await using desk = await openDesk()
  const unreachable = await desk.run(['doctor'], { REGOTCHA_BASE_URL: 'http://127.0.0.1:9' })
  expect(unreachable).toMatchObject({ code: 1, stdout: /✖ {2}api +http:\/\/127\.0\.0\.1:9 cannot be reached: / })
  desk.sandbox.fault({ kind: 'status', status: 503 })
  expect(await desk.run(['doctor'])).toMatchObject({ code: 1, stdout: /✖ {2}api +\S+ is failing: HTTP 503/ })

  const late = createServer((_, response) => {
    response.writeHead(200, { date: new Date(Date.now() - 3_600_000).toUTCString() })
    response.end(JSON.stringify({ errorId: 1, errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' }))
  })
  await new Promise<void>((listening) => void late.listen(0, '127.0.0.1', listening))
  const { port } = late.address() as AddressInfo
  const ahead = await desk.run(['doctor'], { REGOTCHA_BASE_URL: `http://127.0.0.1:${port}` })
  late.close()
  expect(ahead).toMatchObject({ code: 1, stdout: /✖ {2}clock +60 min ahead of the API’s\n +→ Synchronise the system/ })
})

test.concurrent('finds a directory that cannot be used for the outbox', async () => {
  await using desk = await openDesk()
  const { code, stdout } = await desk.run(['doctor', '--outbox', '/proc/regotcha/outbox.sqlite'])
  expect({ code, stdout }).toMatchObject({ code: 1, stdout: /✖ {2}disk +/ })
})

test.concurrent('lists the browsers of a project, and what is missing', async () => {
  await using desk = await openDesk()
  const browsers = async () => (await desk.runBinary(['doctor'])).stdout.match(/^. {2}browser[\s\S]+?(?=\n\n)/m)?.[0]
  install(desk, 'playwright-core', `exports.chromium = { executablePath: () => ${JSON.stringify(process.execPath)} }`)
  expect(await browsers()).toBe(
    `✔  browser  playwright-core has ${process.execPath}
!  browser  playwright-core is installed, its adapter is not
            → npm install @regotcha-feedback/playwright`,
  )
  install(desk, '@regotcha-feedback/playwright', '')
  expect(await browsers()).toBe(`✔  browser  playwright-core has ${process.execPath}`)
  install(desk, 'playwright', 'exports.chromium = { executablePath: () => "/nowhere/chromium" }')
  install(desk, 'puppeteer', 'exports.executablePath = async () => { throw new Error("none") }')
  const missing = await browsers()
  expect(missing).toMatch(/^! {2}browser {2}playwright has no browser of its own\n +→ npx playwright install chromium/)
  expect(missing).toMatch(/\n! {2}browser {2}puppeteer has no browser of its own\n +→ npx puppeteer browsers install/)
  expect(missing).toMatch(/puppeteer is installed, its adapter is not\n +→ npm install @regotcha-feedback\/puppeteer$/)
  expect(missing).not.toContain('playwright-core')
  install(desk, 'puppeteer-extra-plugin-regotcha-feedback', '') // depends on the adapters
  expect(await browsers()).not.toContain('its adapter is not')
})

test.concurrent('does not call an outbox damaged if it only cannot be used', async () => {
  await using desk = await openDesk()
  const { code, stdout } = await desk.run(['doctor', '--outbox', desk.directory])
  expect({ code, stdout }).toMatchObject({
    code: 1,
    stdout: /✖ {2}outbox .+unable to open database file\n +→ Free some space if/,
  })
})

/** A package of the project at the desk. */
function install({ directory }: Desk, name: string, code: string): void {
  const path = `${directory}/node_modules/${name}/index.js`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, code)
}
