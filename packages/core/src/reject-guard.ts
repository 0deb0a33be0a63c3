import { isAbsence, type Outbox } from './delivery/outbox.ts'
import type { Events } from './events.ts'
import type { FeedbackEvents } from './feedback-events.ts'
import type { Verdict } from './inference/verdict.ts'

export interface RejectGuardOptions {
  readonly outbox: Pick<Outbox, 'absencesInARow'>
  readonly events: Events<FeedbackEvents>
  /** After this many rejections in a row at a site by silence or `captchaAgain()`, further ones are held. */
  readonly holdAfter: number
}

/** Keeps a site redesign from causing a hundred false rejections. */
export function createRejectGuard({ outbox, events, holdAfter }: RejectGuardOptions) {
  const warnedOf = new Set<string | undefined>()

  return {
    holds({ by, why }: Verdict & { kind: 'accepted' | 'rejected' }, site: string | undefined): boolean {
      const { predicate } = why
      if (!isAbsence({ by, predicate }) || site === undefined || holdAfter === Number.POSITIVE_INFINITY) return false
      return outbox.absencesInARow(site, holdAfter) === holdAfter
    },
    tell(held: FeedbackEvents['held']): void {
      if (events.emit('held', held) || warnedOf.has(held.site)) return
      warnedOf.add(held.site)
      process.emitWarning(
        `regotcha-feedback: the last ${holdAfter} verdicts at ${held.site} were all rejections by silence or captchaAgain(), so further ones are held. Is \`acceptedWhen\` still right? See \`held()\`, \`release()\` and \`drop()\``,
      )
    },
  }
}
