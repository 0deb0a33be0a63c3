/** The page's requests without the token that wait for their answers. */

import { assetTypes, type ObservedRequest } from '../page/source.ts'
import { siteOf } from '../page/url.ts'
import { isPrefetch } from '../predicates/evidence.ts'
import type { Story } from './story.ts'
import { shapeOf } from './submission.ts'

/** Whether the page may read the answer. It can't read that of a beacon, for example. */
const isRead = (request: ObservedRequest) =>
  !assetTypes.has(request.resourceType) && !/^(?:ping|beacon)$/.test(request.resourceType) && !isPrefetch(request)

/** Adds a request if the page may read its answer. Returns whether it was added and is not a GET. */
export function addOther({ open }: Story, request: ObservedRequest): boolean {
  if (!isRead(request)) return false
  open.set(request.chain, request)
  return request.method !== 'GET'
}

/** The same before any submission is seen, but only for the page's own site: the request may be a submission. */
export const addOpening = (story: Story, request: ObservedRequest, pageUrl: string): boolean =>
  siteOf(request.url) === siteOf(pageUrl) && addOther(story, request)

export function endOther(story: Story, { chain, method }: ObservedRequest, isAnswered: boolean, at: number): void {
  if (!story.open.delete(chain)) return
  story.answeredAt = at
  story.hasOpened ||= isAnswered && method !== 'GET'
}

/** Whether a request goes where the token went: the site may ask for a captcha only now and then. */
export const isSentWithout = ({ carriers }: Story, { method, url }: ObservedRequest) =>
  [...carriers.keys()].some((shape) => shape.startsWith(`${method} ${url.split(/[?#]/, 1)[0]} `))

/** Whether a request like this one already waits for its answer, as after a double click. */
export function isDoubled({ open }: Story, request: ObservedRequest): boolean {
  const shape = shapeOf(request, undefined)
  return [...open.values()].some((other) => other.chain !== request.chain && shapeOf(other, undefined) === shape)
}
