import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkOptions } from './options.ts'
import { tokenSchema } from './token.ts'

const secret = '03AGdBq24PBCbwiDRaS_MJ7Z2'
const options = z.strictObject({ token: tokenSchema('the token', 16).optional() })
const tokenOf = (token: unknown) => checkOptions('withRegotchaFeedback', options, { token }).token

test.each<[string, unknown]>([
  ['the string alone', secret],
  ['with spaces around it', ` ${secret}\n`],
  ['getTaskResult’s solution', { gRecaptchaResponse: secret }],
  ['its whole answer', { errorId: 0, status: 'ready', solution: { gRecaptchaResponse: secret } }],
  [
    'its whole answer with a forwardResponse',
    {
      errorId: 0,
      status: 'ready',
      solution: { gRecaptchaResponse: secret },
      forwardResponse: { statusCode: 200, headers: {}, body: '', error: null },
    },
  ],
  ['a solution of another kind of captcha', { solution: { token: secret, userAgent: 'Mozilla/5.0' } }],
  ['an image’s text', { solution: { text: secret } }],
  ['two fields, one of them empty', { gRecaptchaResponse: '', token: secret }],
])('a token is taken as it comes: %s', (_, given) => {
  expect(tokenOf(given)).toBe(secret)
})

test('without a token, the result is undefined', () => {
  expect(tokenOf(undefined)).toBeUndefined()
})

test.each<[string, unknown, string]>([
  ['a string that is empty', ' ', 'an empty string'],
  ['a string that is too short', '7', 'a string of 1 characters'],
  ['a solution that is too short', { solution: { text: 'W9H5K' } }, 'a string of 5 characters'],
  ['a number', 7, '7'],
  ['a list', [secret], 'an array'],
  ['null', null, 'null'],
  [
    'an answer before the task is solved',
    { errorId: 0, status: 'processing' },
    'an answer whose status is still "processing"',
  ],
  [
    'a failure',
    { errorId: 1, errorCode: 'ERROR_CAPTCHA_UNSOLVABLE', errorDescription: secret },
    'the failure ERROR_CAPTCHA_UNSOLVABLE',
  ],
  ['a failure without an API error code', { errorId: 1, errorCode: secret }, 'an object without a solution'],
  ['an object without a solution', { taskId: 'task_1', secret }, 'an object without a solution'],
  ['an empty solution', { status: 'ready', solution: {} }, 'an object without a solution'],
  ['a solution without a known field', { solution: { answer: secret } }, 'an object without a solution'],
  ['a solution that is null', { solution: null }, 'an object without a solution'],
])('%s is refused, without the token', (_, given, got) => {
  expect(() => tokenOf(given)).toThrow(
    expect.objectContaining({
      name: 'OptionError',
      message: `withRegotchaFeedback: \`token\`: expected the token, or getTaskResult's answer or its solution, got ${got}`,
    }),
  )
})
