import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { defaultOutboxFile } from './outbox-place.ts'

const home = homedir()

test.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
  ['linux', {}, `${home}/.local/state/regotcha-feedback/outbox.sqlite`],
  ['linux', { XDG_STATE_HOME: '/state' }, '/state/regotcha-feedback/outbox.sqlite'],
  ['linux', { XDG_STATE_HOME: 'not/absolute' }, `${home}/.local/state/regotcha-feedback/outbox.sqlite`],
  ['darwin', {}, `${home}/Library/Application Support/regotcha-feedback/outbox.sqlite`],
  ['win32', { LOCALAPPDATA: '/AppData' }, '/AppData/regotcha-feedback/outbox.sqlite'],
  ['win32', {}, `${home}/AppData/Local/regotcha-feedback/outbox.sqlite`],
])('on %s with %j the outbox is %s', (platform, environment, file) => {
  expect(defaultOutboxFile(environment, platform)).toBe(file)
})
