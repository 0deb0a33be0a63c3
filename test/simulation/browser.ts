/** A browser as it is: pages, frames, documents and their scripts. What becomes of it is told as facts, in true order. */
import type { Answer, Fact, Hop, Sending, Server } from './facts.ts'
import type { Time } from './time.ts'
import type { Token } from './vendor.ts'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
}

interface Visited {
  readonly sending: Sending
  readonly by: Hop['by']
}

/** Of what comes of a request, where nobody waits for it any more. */
const never = new Promise<never>(() => {})

const isRedirect = ({ status, headers }: Answer) => status >= 300 && status < 400 && 'location' in headers

export class Browser {
  readonly time: Time
  readonly tell: (fact: Fact) => void
  readonly cookies: Cookie[] = []
  readonly #serve: Server

  constructor(time: Time, serve: Server, tell: (fact: Fact) => void) {
    this.time = time
    this.tell = tell
    this.#serve = serve
  }

  /** Follows redirects to their end; `answer` is `undefined` where they end nowhere. Never comes back to who has left. */
  async exchange(
    first: Sending,
    begin: (sending: Sending) => Hop,
    isWanted: (hop: Hop) => boolean,
  ): Promise<{ readonly hop: Hop; readonly answer: Answer | undefined }> {
    for (let sending = first; ; ) {
      const hop = begin(sending)
      this.tell({ kind: 'request', hop })
      await this.time.sleep(4)
      const answer = this.#serve(sending)
      await this.time.sleep(answer?.after ?? 100)
      if (!isWanted(hop)) return never
      if (!answer) {
        this.tell({ kind: 'failed', hop })
        return { hop, answer }
      }
      const cookie = /^(\w+)=(\w+)$/.exec(String(answer.headers['set-cookie']))
      if (cookie && this.cookies.length === 0)
        this.cookies.push({ name: String(cookie[1]), value: String(cookie[2]), domain: new URL(sending.url).hostname })
      this.tell({ kind: 'response', hop, answer })
      if (!isRedirect(answer)) return { hop, answer }
      const url = new URL(String(answer.headers.location), sending.url).href
      if (!url.startsWith('http')) {
        this.tell({ kind: 'failed', hop })
        return { hop, answer: undefined }
      }
      const isKept = answer.status >= 307
      const { headers, type, token } = sending
      sending = isKept ? { ...sending, url } : { method: 'GET', url, headers, type, token }
    }
  }
}

export class Tab {
  readonly browser: Browser
  readonly opener: Tab | undefined
  readonly main: Frame
  isOpen: boolean = true
  hasShown: boolean = false
  readonly #awaited: { readonly selector: string; readonly found: () => void }[] = []

  constructor(browser: Browser, opener?: Tab) {
    this.browser = browser
    this.opener = opener
    this.main = new Frame(this)
  }

  goto(url: string): void {
    void this.main.load({ method: 'GET', url, type: 'document' }, { by: 'crawler', transition: 'typed' })
  }

  end(how: 'page-closed' | 'page-crashed'): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.main.document.isAlive = false
    this.browser.tell({ kind: 'ended', tab: this, how })
  }

  /** What predicates may ask of the page, by the libraries' words. */
  readonly page = {
    context: () => ({ cookies: async () => this.browser.cookies }),
    waitForSelector: (selector: string, { timeout }: { readonly timeout: number }) =>
      new Promise<void>((found, fail) => {
        if (this.main.document.shown.has(selector)) return found()
        this.#awaited.push({ selector, found })
        this.browser.time.after(timeout, () => fail(Object.assign(new Error('not found'), { name: 'TimeoutError' })))
      }),
  }

  shows(selector: string): void {
    for (const awaited of this.#awaited) if (awaited.selector === selector) awaited.found()
  }
}

export class Frame {
  readonly tab: Tab
  /** The document that a frame is in; a page's main frame is in none. */
  readonly parent: Document | undefined
  document: Document
  #loading: Hop | undefined
  readonly #visited: Visited[] = []

  constructor(tab: Tab, parent?: Document) {
    this.tab = tab
    this.parent = parent
    this.document = new Document(this, 'about:blank')
  }

  get isMain(): boolean {
    return this.parent === undefined
  }

  async load(first: Sending, how: Pick<Hop, 'by' | 'transition'>, isBack = false): Promise<void> {
    const { browser } = this.tab
    const chain = {}
    const near = [this.document.url, this.parent?.url ?? '', this.tab.opener?.main.document.url ?? '']
    const referer = (how.by === 'page' && near.find((url) => url.startsWith('http'))) || ''
    this.abandon()
    if (!first.url.startsWith('http')) return this.show(first.url)
    const begin = (sending: Sending) => {
      const isBeforePopup = this.isMain && this.tab.opener !== undefined && !this.tab.hasShown
      this.#loading = { chain, sending, frame: this, ...how, referer, isBeforePopup }
      return this.#loading
    }
    const isWanted = (hop: Hop) => this.tab.isOpen && this.#loading === hop
    const { hop, answer } = await browser.exchange(first, begin, isWanted)
    if (answer && answer.status !== 204 && !('content-disposition' in answer.headers)) {
      await browser.time.sleep(3)
      if (!isWanted(hop)) return
      this.#loading = undefined
      if (!isBack) this.#visited.push({ sending: first, by: how.by })
      this.show(hop.sending.url, answer)
      return
    }
    this.#loading = undefined
    if (answer) browser.tell({ kind: 'failed', hop })
    else if (this.isMain && hop.sending.url.startsWith('http')) this.show('chrome-error://chromewebdata/')
  }

  /** Back to where it was, as the page's script asks for it. */
  back(): void {
    this.#visited.pop()
    const before = this.#visited.at(-1)
    // The browser repeats what it told the site the first time.
    if (before) void this.load(before.sending, { by: before.by, transition: 'back' }, true)
  }

  abandon(): void {
    const left = this.#loading
    this.#loading = undefined
    if (left) this.tab.browser.tell({ kind: 'failed', hop: left })
  }

  show(url: string, answer?: Answer): void {
    const { tab } = this
    this.document.leave()
    this.document = new Document(this, url)
    tab.hasShown = true
    tab.browser.tell({ kind: 'navigated', frame: this, url, isWithin: false })
    void answer?.script?.(this.document)
  }
}

/** What there is for a crawler to do on a page. */
interface Actions {
  fill?(token: Token): void
  edit?(): void
  submit?(): void
  /** A frame of the page shows what came of the submission. */
  answered?(answer: Answer): void
}

/** A document and what its scripts can do; none of it comes back once the document is gone. */
export class Document {
  readonly frame: Frame
  url: string
  isAlive: boolean = true
  readonly shown = new Set<string>()
  /** What there is for a crawler to do. */
  actions: Actions = {}
  readonly #calls = new Set<Hop>()
  readonly #frames: Frame[] = []

  constructor(frame: Frame, url: string) {
    this.frame = frame
    this.url = url
  }

  async sleep(ms: number): Promise<void> {
    await this.frame.tab.browser.time.sleep(ms)
    if (!this.isAlive) await never
  }

  /** `undefined` where there is no answer. */
  async call(first: Sending): Promise<Answer | undefined> {
    const { browser } = this.frame.tab
    const chain = {}
    let last: Hop | undefined
    const begin = (sending: Sending) => {
      const how = { by: 'page', transition: 'link', referer: this.url, isBeforePopup: false } as const
      if (last) this.#calls.delete(last)
      last = { chain, sending, frame: this.frame, ...how }
      if (sending.type !== 'ping') this.#calls.add(last)
      return last
    }
    const { hop, answer } = await browser.exchange(first, begin, () => this.isAlive || first.type === 'ping')
    this.#calls.delete(hop)
    return this.isAlive ? answer : never
  }

  go(url: string, token?: Token): void {
    const target = new URL(url, this.url).href
    void this.frame.load({ method: 'GET', url: target, type: 'document', token }, { by: 'page', transition: 'link' })
  }

  /** Sends a form, into this frame or another one. */
  send(form: Sending, frame = this.frame): void {
    void frame.load(form, { by: 'page', transition: 'form_submit' })
  }

  popup(form: Sending): void {
    this.send(form, new Tab(this.frame.tab.browser, this.frame.tab).main)
  }

  iframe(): Frame {
    const frame = new Frame(this.frame.tab, this)
    this.#frames.push(frame)
    return frame
  }

  push(url: string): void {
    this.url = new URL(url, this.url).href
    this.frame.tab.browser.tell({ kind: 'navigated', frame: this.frame, url: this.url, isWithin: true })
  }

  show(selector: string): void {
    this.shown.add(selector)
    this.frame.tab.shows(selector)
  }

  leave(): void {
    this.isAlive = false
    for (const hop of this.#calls) this.frame.tab.browser.tell({ kind: 'failed', hop })
    for (const frame of this.#frames) {
      frame.abandon()
      frame.document.leave()
    }
  }
}
