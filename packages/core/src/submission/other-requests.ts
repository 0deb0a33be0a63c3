/** The page's requests without the token, while they wait for their answers. */

import { assetTypes, type ObservedRequest } from '../page/source.ts'
import { siteOf } from '../page/url.ts'
import { isPrefetch } from '../predicates/evidence.ts'
import type { Story } from './story.ts'
import { shapeOf } from './submission.ts'

/** Whether the page may go by the answer: nobody reads that of a beacon. */
const isRead = (request: ObservedRequest) =>
  !assetTypes.has(request.resourceType) && !/^(?:ping|beacon)$/.test(request.resourceType) && !isPrefetch(request)

/** Whether it is more than a question. */
export function addOther({ open }: Story, request: ObservedRequest): boolean {
  if (!isRead(request)) return false
  open.set(request.chain, request)
  return request.method !== 'GET'
}

/** Before any submission: the same of a request to the site of the page. */
export function addOpening(story: Story, request: ObservedRequest, pageUrl: string): boolean {
  const isOpening = siteOf(request.url) === siteOf(pageUrl) && addOther(story, request)
  if (isOpening) story.openings.add(request.chain)
  return isOpening
}

export function endOther(story: Story, { chain }: ObservedRequest, isAnswered: boolean): void {
  story.open.delete(chain)
  if (story.openings.delete(chain) && isAnswered) story.hasOpened = true
}

/** Whether another like it waits for its answer, as of a click too many. */
export function isDoubled({ open }: Story, request: ObservedRequest): boolean {
  const shape = shapeOf(request, undefined)
  return [...open.values()].some((other) => other.chain !== request.chain && shapeOf(other, undefined) === shape)
}
