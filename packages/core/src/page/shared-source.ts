import { guarded, type ObservedNavigation, type ObservedResponse, type Observer, type Source } from './source.ts'

/**
 * Observes a page once for all of its observers. An observer that joins gets the document that the page shows. If it
 * joins while a fact is being reported, it gets that fact, too: the request that submits a solved token arms its watch.
 */
export function sharedSource(source: Source): Source {
  const observers = new Set<Observer>()
  /** By a popup's frame: the observers of its first navigation. Later observers get none of its navigations. */
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
    html: async () => source.html?.(),
    renderedText: async () => source.renderedText?.(),
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
