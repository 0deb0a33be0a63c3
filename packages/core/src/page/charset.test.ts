import { expect, test } from 'vitest'
import { decoded, isDeclaredOther } from './charset.ts'

const french = Buffer.from('très cher', 'latin1')
const russian = Buffer.from([0xcd, 0xe5, 0xe2, 0xe5, 0xf0, 0xed, 0xee])

test.each([
  ['UTF-8, whatever is said', Buffer.from('très cher'), 'text/html; charset=iso-8859-1', 'très cher'],
  ['what the header says', russian, 'text/html; charset=windows-1251', 'Неверно'],
  [
    'what the page says',
    Buffer.concat([Buffer.from('<meta charset="windows-1251">'), russian]),
    'text/html',
    undefined,
  ],
  ['what old pages have, where nothing is said', french, 'text/html', 'très cher'],
  ['a charset that nobody knows', french, 'text/html; charset=of-mine', 'tr\ufffds cher'],
])('a body is decoded as %s', (_, bytes, contentType, expected) => {
  expect(decoded(bytes, contentType)).toBe(expected ?? '<meta charset="windows-1251">Неверно')
})

test.each([
  ['text/html; charset=iso-8859-1', true],
  ['text/html; charset="Windows-1251"', true],
  ['text/html; charset=utf-8', false],
  ['text/html; charset=UTF8', false],
  ['text/plain; charset=us-ascii', false],
  ['text/html', false],
  [undefined, false],
])('%s says that the text is not UTF-8: %s', (contentType, expected) => {
  expect(isDeclaredOther(contentType)).toBe(expected)
})
