import { adviceOnDead, adviceOnUndecided } from '../advice.ts'
import { duration, number, percent, plural } from '../words.ts'
import { type Summary, sum } from './summary.ts'

/** Something that its reader should look after. */
export interface Concern {
  readonly what: string
  readonly advice: string
  /** The command that shows or mends it, without the program's name. */
  readonly command?: string
}

const hour = 60 * 60_000
/** From so many verdicts on a conclusion is worth drawing. */
const enough = 20
const tooMuchUndecided = 0.2

/** What is stuck, lost, or looks like a wrong predicate; the most urgent first. */
export function concerns({ madeAt, delivery, sites, verdicts, undecided }: Summary): Concern[] {
  const { states, oldestDeadline, dead } = delivery
  const found: Concern[] = []
  const left = oldestDeadline === undefined ? Number.POSITIVE_INFINITY : oldestDeadline - madeAt
  if (left < hour) {
    const what = left > 0 ? `The first pending feedback expires in ${duration(left)}.` : 'Pending feedback has expired.'
    found.push({ what, advice: 'Is a crawler running, and the API in reach?', command: 'flush' })
  }
  if (states.held > 0) {
    const what = `${plural(states.held, 'rejection')} ${states.held === 1 ? 'is' : 'are'} held.`
    found.push({
      what,
      advice: 'Too many in a row at one site went by silence or `captchaAgain()`: is its `acceptedWhen` still right?',
      command: 'held',
    })
  }
  if (dead[0]) {
    const advice = `Most often ${dead[0].reason}: ${adviceOnDead(dead[0].reason)}.`
    found.push({
      what: `${plural(states.dead, 'feedback was', 'feedbacks were')} refused for good.`,
      advice,
      command: 'list --state dead',
    })
  }
  if (states.expired > 0) {
    const what = `${plural(states.expired, 'feedback', 'feedbacks')} expired.`
    found.push({ what, advice: 'Their 24 hours passed undelivered: the API was out of reach, or the pace too low.' })
  }
  for (const { site, accepted, rejected, byAbsence } of sites) {
    if (byAbsence < enough || byAbsence < accepted + rejected) continue
    const what = `All ${number(byAbsence)} verdicts at ${site ?? 'pages without an address'} are rejections by silence or \`captchaAgain()\`.`
    found.push({
      what,
      advice: 'Its `acceptedWhen` never held: replay a recorded session through it.',
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
