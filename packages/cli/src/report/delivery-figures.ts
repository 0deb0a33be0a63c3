import { feedbackStates } from '@regotcha-feedback/core/outbox-file'
import { adviceOnDead } from '../advice.ts'
import { clockTime, dayOfMonth, duration, number, percent, plural, weekday } from '../words.ts'
import { bars, columns } from './charts.ts'
import { figure, nothing } from './figure.ts'
import type { Markup } from './markup.ts'
import { spreadFigure } from './spread.ts'
import type { Summary } from './summary.ts'

export function deliveryFigures(summary: Summary): Markup[] {
  return [states(summary), dead(summary), pace(summary), latency(summary), attempts(summary)]
}

function states({ delivery: { states } }: Summary): Markup {
  const total = feedbackStates.reduce((sum, state) => sum + states[state], 0)
  return figure({
    id: 'states',
    title: 'Feedback by state',
    says: `Of ${plural(total, 'feedback', 'feedbacks')} ${number(states.delivered)} were delivered (${percent(total === 0 ? undefined : states.delivered / total)}).`,
    draw: (width) =>
      bars(
        width,
        feedbackStates.map((state) => ({
          label: state,
          value: number(states[state]),
          parts: [{ kind: state, count: states[state] }],
        })),
      ),
    table: {
      head: ['State', 'Feedback', 'What it means'],
      rows: feedbackStates.map((state) => [state, states[state], meanings[state]]),
    },
  })
}

const meanings = {
  pending: 'waits for its turn, the pace or the API',
  held: 'waits until you release or drop it',
  delivered: 'the API has it',
  dead: 'the API refused it permanently',
  expired: 'it was not delivered within 24 hours',
  dropped: 'it was held, and you discarded it',
  conflict: 'another machine decided the task differently first',
} as const

function pace({ overTime, unit, delivery: { busiestMinute } }: Summary): Markup {
  const title = 'Deliveries over time'
  if (busiestMinute === 0) return nothing(title, 'Nothing was delivered yet.')
  const name = unit === 'hour' ? (at: number) => `${weekday(at)}, ${clockTime(at)}` : weekday
  return figure({
    id: 'pace',
    title,
    says: `${plural(busiestMinute, 'delivery', 'deliveries')} in the busiest minute. The API allows a key some 30 requests a minute, solving included.`,
    isWide: true,
    draw: (width) =>
      columns(
        width,
        overTime.map(({ at, delivered }) => ({
          label: unit === 'hour' ? clockTime(at) : dayOfMonth(at),
          title: name(at),
          parts: [{ kind: 'delivered', count: delivered }],
        })),
      ),
    table: {
      head: [unit === 'hour' ? 'Hour' : 'Day', 'Delivered'],
      rows: overTime.map(({ at, delivered }) => [name(at), delivered]),
    },
  })
}

function latency({ delivery: { latency } }: Summary): Markup {
  const title = 'Time from verdict to delivery'
  if (latency.count === 0) return nothing(title, 'Nothing was delivered yet.')
  return spreadFigure({
    id: 'latency',
    title,
    says: `Half of the feedback reached the API within ${duration(latency.median)}, 99 of 100 within ${duration(latency.p99)}.`,
    spread: latency,
    kind: 'delivered',
    counted: 'Feedback',
  })
}

function attempts({ delivery: { attempts, latency } }: Summary): Markup {
  const title = 'Attempts for a delivery'
  if (latency.count === 0) return nothing(title, 'Nothing was delivered yet.')
  const name = (index: number) => `${index + 1}${index === attempts.length - 1 ? ' or more' : ''}`
  return figure({
    id: 'attempts',
    title,
    says: `${percent((attempts[0] ?? 0) / latency.count)} of the deliveries took one attempt.`,
    draw: (width) =>
      columns(
        width,
        attempts.map((count, index) => ({ label: name(index), parts: [{ kind: 'delivered', count }] })),
      ),
    table: { head: ['Attempts', 'Deliveries'], rows: attempts.map((count, index) => [name(index), count]) },
  })
}

function dead({ delivery: { dead } }: Summary): Markup {
  const title = 'Dead letters'
  const [first] = dead
  if (!first) return nothing(title, 'None: the API refused no feedback permanently.')
  return figure({
    id: 'dead',
    title,
    says: `Most often ${first.reason}: ${adviceOnDead(first.reason)}.`,
    draw: (width) =>
      bars(
        width,
        dead.slice(0, 10).map(({ reason, count }) => ({
          label: reason,
          value: number(count),
          parts: [{ kind: 'dead', count }],
        })),
      ),
    table: {
      head: ['Reason', 'Feedback', 'What it means'],
      rows: dead.map(({ reason, count }) => [reason, count, adviceOnDead(reason)]),
    },
  })
}
