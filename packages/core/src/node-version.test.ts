import { expect, test } from 'vitest'
import { checkNode } from './node-version.ts'

test.each(['18.20.8', '20.19.0', '22.17.1'])('Node %s is too old, and the error says so', (version) => {
  expect(() => checkNode(version)).toThrow(`needs Node 22.18 or newer, this is ${version}`)
})

test.each(['22.18.0', '22.20.1', '23.0.0', '26.1.0'])('Node %s is supported', (version) => {
  expect(() => checkNode(version)).not.toThrow()
})
