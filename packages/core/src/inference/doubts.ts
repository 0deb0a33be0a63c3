/** What puts a verdict in doubt, one row each. A test compares docs/evidence.md with this table. */

/** What a doubt changes, from the moment it is raised. */
export const effects = {
  'rejection void': 'a refusal may be about something else: the token can still be accepted, no longer rejected',
  'silence explained': 'that no predicate held means nothing, also where `silence` is a rejection',
  'attribution lost': 'only answers to the requests that took the token still count',
} as const

export interface Doubt {
  readonly effect: keyof typeof effects
  /** A sentence for the trail and the documentation. */
  readonly says: string
}

export const doubts = {
  tokenAgain: { effect: 'rejection void', says: 'the token was submitted again, or may have been' },
  armedLate: { effect: 'rejection void', says: 'the watch was armed after the token had left' },
  captchaBeside: { effect: 'rejection void', says: 'another captcha was submitted along with it' },
  earlierSubmission: { effect: 'rejection void', says: 'a submission was answered that had left before' },
  furtherForm: { effect: 'rejection void', says: 'a further form was sent, without the token' },
  popupBefore: { effect: 'rejection void', says: 'a popup may have submitted it' },
  otherRequest: { effect: 'silence explained', says: 'the page sent something else' },
  shownBefore: { effect: 'silence explained', says: 'the page showed this before it submitted' },
  stillLoading: { effect: 'silence explained', says: 'the page still waited for the site' },
  popupAfter: { effect: 'silence explained', says: 'a popup may tell more' },
  handedOver: { effect: 'silence explained', says: 'the site handed over to another' },
  answerPromised: { effect: 'silence explained', says: 'the answer was 202: the site will know later' },
  crawlerLeft: { effect: 'attribution lost', says: 'the crawler went elsewhere' },
  sentWithout: { effect: 'attribution lost', says: 'the form was sent again, without the token' },
  otherCaptcha: { effect: 'attribution lost', says: 'another captcha was submitted' },
  otherWatch: { effect: 'attribution lost', says: 'another captcha may have been submitted before' },
} as const satisfies Readonly<Record<string, Doubt>>

export type DoubtName = keyof typeof doubts

const consequences: Readonly<Record<Doubt['effect'], string>> = {
  'rejection void': ': rejections no longer count',
  'silence explained': '',
  'attribution lost': ': only answers to this one still count',
}

export function doubtSentence(name: DoubtName): string {
  const { says, effect } = doubts[name]
  return says + consequences[effect]
}
