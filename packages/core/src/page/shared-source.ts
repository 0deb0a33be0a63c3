import { guarded, type ObservedNavigation, type ObservedResponse, type Observer, type Source } from './source.ts'

/**
 * One observation of a page for all who take part in it. Who joins at a fact is told of that fact too, since a watch
 * begins with the very request that has it begin; and before, of what the page shows.
 */
export function sharedSource(source: Source): Source {
  const observers = new Set<Observer>()
  /** Who was there when a popup was first told of: to who came later it is nobody's. */
  const toldOf = new WeakMap<object, readonly Observer[]>()
  let document: ObservedResponse | undefined
  let shown: { readonly by: ObservedNavigation; readonly document: ObservedResponse | undefined } | undefined
  const tell = (fact: (observer: Observer) => void) => {
    for (const observer of observers) fact(observer)
  }
  const all: Observer = {
    request: (request) => tell((observer) => observer.request(request)),
    response(response) {
      if (response.request.isNavigation) document = response
      tell((observer) => observer.response(response))
    },
    failed: (request) => tell((observer) => observer.failed(request)),
    navigated(navigation) {
      const { frame, isMainFrame, isPopup } = navigation
      if (isPopup) {
        const its = toldOf.get(frame) ?? [...observers]
        toldOf.set(frame, its)
        return tell((observer) => its.includes(observer) && observer.navigated(navigation))
      }
      if (isMainFrame) {
        shown = { by: navigation, document: document?.request.frame === frame ? document : undefined }
        document = undefined
      }
      tell((observer) => observer.navigated(navigation))
    },
    ended: (how) => tell((observer) => observer.ended(how)),
  }
  let stop = () => {}
  return {
    page: source.page,
    url: () => source.url(),
    observe(observer) {
      const own = guarded(observer)
      if (shown?.document) own.response(shown.document)
      if (shown) own.navigated(shown.by)
      observers.add(own)
      if (observers.size === 1) stop = source.observe(all)
      return () => {
        if (observers.delete(own) && observers.size === 0) stop()
      }
    },
  }
}
