/** The sites with captchas. To add one, write its handler and add it to the table; URLs and types follow from it. */
import { type Answer, errorPage, type Incoming } from './loopback.ts'
import { answers } from './sites/answers.ts'
import { calls } from './sites/calls.ts'
import { carriers } from './sites/carriers.ts'
import { copies } from './sites/copies.ts'
import { broken, form } from './sites/form.ts'
import { gallery } from './sites/gallery.ts'
import { json, silent } from './sites/json.ts'
import { mirror } from './sites/mirror.ts'
import { places } from './sites/places.ts'
import { recaptcha } from './sites/recaptcha.ts'
import { refusals } from './sites/refusals.ts'
import { scripts } from './sites/scripts.ts'
import type { Site } from './sites/site.ts'
import { stacks } from './sites/stacks.ts'
import { walls } from './sites/walls.ts'
import type { Tasks } from './tasks.ts'

const sites = {
  form,
  json,
  broken,
  silent,
  gallery,
  mirror,
  ...carriers,
  ...calls,
  ...answers,
  ...scripts,
  ...places,
  ...recaptcha,
  ...copies,
  ...refusals,
  ...stacks,
  ...walls,
} satisfies Record<string, Site>

export const siteNames = Object.keys(sites)

/** The name of a site, which is also the first part of its path. */
export type SiteName = keyof typeof sites

/** A token that was submitted to a site. */
export interface Submission {
  /** When, in ms. */
  readonly at: number
  readonly site: SiteName
  readonly token: string
  /** Whether the token was good, regardless of the site's answer. */
  readonly accepted: boolean
}

export function createSites({ now, tasks }: { readonly now: () => number; readonly tasks: Tasks }) {
  const submissions: Submission[] = []

  function handle(incoming: Incoming): Answer {
    const { method, path } = incoming
    if (path === '/favicon.ico') return { status: 204 }
    const [, site = '', ...rest] = path.split('/')
    if (!isSiteName(site)) return errorPage(404)
    const verify = (token: string) => {
      const accepted = tasks.verify(token)
      submissions.push({ at: now(), site, token, accepted })
      return accepted
    }
    const route = `${method} /${rest.join('/')}`
    return sites[site]({ ...incoming, route, verify, abroad: `${abroad(incoming)}/${site}/` }) ?? errorPage(404)
  }

  return { handle, submissions }
}

const isSiteName = (name: string): name is SiteName => Object.hasOwn(sites, name)

/** To a browser, `localhost` and `127.0.0.1` are two sites; both are served here. */
function abroad({ headers: { host = '' } }: Incoming): string {
  const { hostname, port } = new URL(`http://${host}`)
  return `http://${hostname === 'localhost' ? '127.0.0.1' : 'localhost'}:${port}`
}
