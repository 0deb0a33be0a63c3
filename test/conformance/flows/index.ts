import { answers } from './answers.ts'
import { attempts } from './attempts.ts'
import { calls } from './calls.ts'
import { carriers } from './carriers.ts'
import { combinators } from './combinators.ts'
import { copies } from './copies.ts'
import { crawlers } from './crawlers.ts'
import type { Flow, Flows } from './flow.ts'
import { outcomes } from './outcomes.ts'
import { places } from './places.ts'
import { refusals } from './refusals.ts'
import { scripts } from './scripts.ts'
import { stacks } from './stacks.ts'
import { walls } from './walls.ts'

/** Every flow, by what it shows. */
export const flows: Readonly<Record<string, Flows>> = {
  'How the token travels': carriers,
  'Which request takes it to the site': copies,
  'Where it comes from': places,
  'What the site answers to a form': answers,
  "What the page's script does": scripts,
  'How the site refuses, and what is no refusal': refusals,
  'What takes more than one call': calls,
  'What web frameworks put between': stacks,
  'What stands before the form, or behind it': walls,
  'What a combinator sees': combinators,
  'What the crawler does': crawlers,
  'How the crawler tries again, and goes on': attempts,
  "What is not the token's fault, and what is no submission": outcomes,
}

/**
 * The flows that `npm test` plays in a browser; of all others it replays the records. A browser has to show where hosts
 * differ and what crawlers do to a page, and of each other kind one flow with each verdict.
 */
export const part: ReadonlySet<Flow> = new Set(
  Object.values(flows).flatMap((ofKind) => {
    const all = Object.values(ofKind)
    const isFirst = (flow: Flow) => all.find(({ verdict }) => verdict === flow.verdict) === flow
    const isWhole = ofKind === crawlers || ofKind === attempts
    return all.filter((flow) => isWhole || flow.without || flow.unplayed || isFirst(flow))
  }),
)

/**
 * Of what hosts differ in, the flows that each browser must show that runs elsewhere or is driven by a fork. They may
 * share a context, and with it the sessions of sites: no two of them sign in at one.
 */
export const selection = [
  'a urlencoded form',
  'a multipart form, rejected',
  'JSON, rejected',
  'a frame of another site that calls',
  'a form whose answer goes to a popup',
  'a chain of redirects, rejected',
  'JSON of a schema',
  'is told by a cookie',
  'another token after it, which is accepted',
  'arms the watch when the request has left',
  'answers the request itself',
  'aborts the request',
  'goes back to the form, and submits the same token again',
  'goes to where an acceptance would lead, after a rejection, and intercepts all',
  'closes the page while a body is read',
]
