import { adviceOnDead, adviceOnUndecided } from '../advice.ts'
import { duration, number, percent, plural } from '../words.ts'
import { type Summary, sum } from './summary.ts'

/** A problem that needs attention. */
export interface Concern {
  readonly what: string
  readonly advice: string
  /** The command that shows or fixes it, without the program's name. */
  readonly command?: string
}

const hour = 60 * 60_000
/** With fewer verdicts, no conclusion is drawn. */
const enough = 20
const tooMuchUndecided = 0.2

/** Feedback that is stuck or lost, and signs of a wrong predicate; the most urgent first. */
export function concerns({ madeAt, delivery, sites, verdicts, undecided }: Summary): Concern[] {
  const { states, oldestDeadline, dead } = delivery
  const found: Concern[] = []
  const left = oldestDeadline === undefined ? Number.POSITIVE_INFINITY : oldestDeadline - madeAt
  if (left < hour) {
    const what = left > 0 ? `The first pending feedback expires in ${duration(left)}.` : 'Pending feedback has expired.'
    found.push({ what, advice: 'Is a crawler running, and can it reach the API?', command: 'flush' })
  }
  if (states.held > 0) {
    const what = `${plural(states.held, 'rejection')} ${states.held === 1 ? 'is' : 'are'} held.`
    found.push({
      what,
      advice: 'Too many in a row at one site were by silence or `captchaAgain()`: is its `acceptedWhen` still right?',
      command: 'held',
    })
  }
  if (dead[0]) {
    const advice = `Most often ${dead[0].reason}: ${adviceOnDead(dead[0].reason)}.`
    found.push({
      what: `${plural(states.dead, 'feedback was', 'feedbacks were')} refused permanently.`,
      advice,
      command: 'list --state dead',
    })
  }
  if (states.expired > 0) {
    const what = `${plural(states.expired, 'feedback', 'feedbacks')} expired.`
    found.push({
      what,
      advice: 'They were not delivered within 24 hours: the API was unreachable, or the pace too low.',
    })
  }
  for (const { site, accepted, rejected, byAbsence } of sites) {
    if (byAbsence < enough || byAbsence < accepted + rejected) continue
    const what = `All ${number(byAbsence)} verdicts at ${site ?? 'pages without a URL'} are rejections by silence or \`captchaAgain()\`.`
    found.push({
      what,
      advice: 'Its `acceptedWhen` never held: replay a recorded visit with it.',
      command: 'explain',
    })
  }
  const part = verdicts.undecided / Math.max(1, sum(verdicts))
  if (undecided[0] && sum(verdicts) >= enough && part > tooMuchUndecided) {
    const { reason } = undecided[0]
    found.push({
      what: `${percent(part)} of the verdicts are undecided, most often ${reason}.`,
      advice: adviceOnUndecided(reason),
    })
  }
  return found
}
