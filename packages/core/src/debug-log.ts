import { type FeedbackEvents, failureSentence } from './feedback-events.ts'

interface Log {
  event<Name extends keyof FeedbackEvents>(name: Name, event: FeedbackEvents[Name]): void
  /** What a watch knew at its verdict. */
  state(taskId: string, state: string): void
}

/**
 * Writes events to stderr if the environment variable `DEBUG` selects them, as in the package `debug`:
 * `DEBUG=regotcha-feedback*`, or `regotcha-feedback:watch`, `regotcha-feedback:delivery`.
 */
export function debugLog(environment: NodeJS.ProcessEnv = process.env): Log | undefined {
  const patterns = (environment.DEBUG ?? '').split(/[\s,]+/).filter((pattern) => pattern !== '')
  const isWanted = (namespace: string) =>
    patterns.some((pattern) => matches(pattern, namespace)) &&
    !patterns.some((pattern) => pattern.startsWith('-') && matches(pattern.slice(1), namespace))
  const rooms = (['watch', 'delivery'] as const).filter((room) => isWanted(`regotcha-feedback:${room}`))
  if (rooms.length === 0) return
  const write = ({ room, lines }: Lines) => {
    if (!rooms.includes(room)) return
    for (const line of lines) process.stderr.write(`${new Date().toISOString()} regotcha-feedback:${room} ${line}\n`)
  }
  return {
    event: (name, event) => write(linesOf({ name, event } as Told)),
    state: (taskId, state) => write({ room: 'watch', lines: [`${taskId} state: ${state}`] }),
  }
}

function matches(pattern: string, namespace: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(namespace)
}

type Told = { [Name in keyof FeedbackEvents]: { name: Name; event: FeedbackEvents[Name] } }[keyof FeedbackEvents]

interface Lines {
  readonly room: 'watch' | 'delivery'
  readonly lines: readonly string[]
}

function linesOf({ name, event }: Told): Lines {
  switch (name) {
    case 'undecided':
      return { room: 'watch', lines: [] } // its `verdict` event was written
    case 'verdict': {
      const { taskId, site, verdict } = event
      const lines = [
        `${taskId}${site ? ` at ${site}` : ''} ${verdict}`,
        ...verdict.why.trail.map((line) => `  ${line}`),
      ]
      return { room: 'watch', lines }
    }
    case 'held':
      return {
        room: 'delivery',
        lines: [`${event.taskId} held: too many rejections by silence or captchaAgain() at ${event.site}`],
      }
    case 'degraded':
    case 'recovered': {
      const { site, accepted, rejected } = event
      return { room: 'watch', lines: [`${site} ${name}: it accepted ${accepted} of ${accepted + rejected} tokens`] }
    }
    case 'attempt': {
      const { taskId, attempts, outcome, took } = event
      const what = outcome.kind === 'delivered' ? outcome.by : `${outcome.reason} (${outcome.detail})`
      return { room: 'delivery', lines: [`${taskId} attempt ${attempts}: ${outcome.kind}, ${what}, after ${took} ms`] }
    }
    case 'delivered':
      return {
        room: 'delivery',
        lines: [`${event.taskId} delivered: valid ${event.valid}, ${event.by}, ${event.took} ms after the verdict`],
      }
    case 'failed':
      return { room: 'delivery', lines: [failureSentence(event)] }
  }
}
