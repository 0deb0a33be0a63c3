import type { Incoming } from '../loopback.ts'
import { tokenField } from './login.ts'

/** The token of a request, wherever sites take one from: a header, the URL, JSON at any depth, a form of either kind. */
export function tokenIn({ headers, query, body }: Pick<Incoming, 'headers' | 'query' | 'body'>): string {
  const inHeader = headers['x-captcha']
  if (typeof inHeader === 'string') return inHeader
  const inJSON = /"captcha":("(?:[^"\\]|\\.)*")/.exec(body)?.[1]
  if (inJSON) return JSON.parse(inJSON)
  const inMultipart = new RegExp(`name="${tokenField}"\r\n\r\n(.*?)\r\n--`, 's').exec(body)?.[1]
  return inMultipart ?? query.get(tokenField) ?? new URLSearchParams(body).get(tokenField) ?? ''
}
