import type { Answer, Incoming } from '../loopback.ts'

/** Answers what is asked of one site; `undefined` is a 404. */
export type Site = (visit: Visit) => Answer | undefined

export interface Visit extends Incoming {
  /** Method and path within the site, such as `POST /login`; the site's page is `GET /`. */
  readonly route: string
  /** Notes the submission, and tells whether its token is good. */
  readonly verify: (token: string) => boolean
  /** The URL of this site under another origin, which is another site to a browser too. */
  readonly abroad: string
}
