import { assetTypes, type ObservedRequest } from '../page/source.ts'
import { siteOf } from '../page/url.ts'
import { isPrefetch } from '../predicates/evidence.ts'
import { shapeOf } from './submission.ts'

/** Whether the page may go by the answer: nobody reads that of a beacon. */
const isRead = (request: ObservedRequest) =>
  !assetTypes.has(request.resourceType) && !/^(?:ping|beacon)$/.test(request.resourceType) && !isPrefetch(request)

/** The page's requests without the token, while they wait for their answers. */
export function createFurther() {
  /** By chain. */
  const open = new Map<object, ObservedRequest>()
  /** Those that may be submissions which nothing tells. */
  const openings = new Set<object>()
  let hasOpened = false

  /** Whether it is more than a question. */
  function add(request: ObservedRequest): boolean {
    if (!isRead(request)) return false
    open.set(request.chain, request)
    return request.method !== 'GET'
  }

  return {
    add,

    /** Before any submission: the same of a request to the site of the page. */
    open(request: ObservedRequest, pageUrl: string): boolean {
      const isOpening = siteOf(request.url) === siteOf(pageUrl) && add(request)
      if (isOpening) openings.add(request.chain)
      return isOpening
    },

    end({ chain }: ObservedRequest, isAnswered: boolean): void {
      open.delete(chain)
      if (openings.delete(chain) && isAnswered) hasOpened = true
    },

    areOpen: () => open.size > 0,

    some: (test: (request: ObservedRequest) => boolean) => [...open.values()].some(test),

    /** Whether another like it waits for its answer, as of a click too many. */
    isDoubled(request: ObservedRequest): boolean {
      const shape = shapeOf(request, undefined)
      return [...open.values()].some((other) => other.chain !== request.chain && shapeOf(other, undefined) === shape)
    },

    /** Whether the page's own site answered a form or a call, which may be a submission that nothing else tells of. */
    hasOpened: () => hasOpened,
  }
}
