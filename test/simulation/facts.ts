/** What a browser does, as plain facts with what no library tells. */
import type { Document, Frame, Tab } from './browser.ts'
import type { Outcome } from './speech.ts'
import type { Token } from './vendor.ts'

export interface Sending {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly type: 'document' | 'fetch' | 'xhr' | 'ping'
  /** About which token it is, as the site finds by the token itself or by its session. No library tells this. */
  readonly token?: Token | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** How long the site takes, in ms. */
  readonly after: number
  /** What the site means by it. No library tells this. */
  readonly means?: Outcome | undefined
  /** What the document's own script does once it shows. */
  readonly script?: Script | undefined
}

export type Script = (document: Document) => void | Promise<void>

/** Answers what is sent to any site; `undefined` where the connection breaks. */
export type Server = (sending: Sending) => Answer | undefined

/** One request of a redirect chain. */
export interface Hop {
  readonly chain: object
  readonly sending: Sending
  readonly frame: Frame
  /** Who had the browser send it. */
  readonly by: 'page' | 'crawler'
  /** How the browser came there. */
  readonly transition: 'typed' | 'link' | 'form_submit' | 'reload' | 'back'
  readonly referer: string
  /** Whether it belongs to a popup that is about to open. */
  readonly isBeforePopup: boolean
}

export type Fact =
  | { readonly kind: 'request' | 'failed'; readonly hop: Hop }
  | { readonly kind: 'response'; readonly hop: Hop; readonly answer: Answer }
  | { readonly kind: 'navigated'; readonly frame: Frame; readonly url: string; readonly isWithin: boolean }
  | { readonly kind: 'ended'; readonly tab: Tab; readonly how: 'page-closed' | 'page-crashed' }
