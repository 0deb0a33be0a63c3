import type { Pace } from '@regotcha-feedback/core'
import yoctoSpinner from 'yocto-spinner'
import { duration, number, percent } from '../words.ts'

export interface ProgressOptions {
  /** How many are still to be delivered. */
  readonly left: () => number
  readonly pace: Pace
  /** What blocks delivery. */
  readonly trouble: () => string | undefined
}

const width = 24

/** Draws a progress bar on a terminal. Returns a function that stops it. */
export function showProgress({ left, pace, trouble }: ProgressOptions): () => void {
  if (!process.stderr.isTTY) return () => {}
  const startedAt = Date.now()
  const total = left()
  const spinner = yoctoSpinner({ handleSignals: false })
  const draw = () => {
    spinner.text = progressLine({ total, left: left(), elapsed: Date.now() - startedAt, pace, trouble: trouble() })
  }
  draw()
  spinner.start()
  const timer = setInterval(draw, 1000)
  return () => {
    clearInterval(timer)
    spinner.stop()
  }
}

interface Progress {
  readonly total: number
  readonly left: number
  /** In ms. */
  readonly elapsed: number
  readonly pace: Pace
  readonly trouble: string | undefined
}

function progressLine({ total, left, elapsed, pace, trouble }: Progress): string {
  const done = Math.max(0, total - left)
  const part = total === 0 ? 1 : done / total
  const filled = Math.round(part * width)
  const bar = '━'.repeat(filled) + '─'.repeat(width - filled)
  const perMinute = done / (elapsed / 60_000 || 1)
  // The burst at the start is faster than the rest, so it is left out of the estimate.
  const rate = Math.min(perMinute, pace.perMinute)
  const rest = trouble ?? (rate > 0 ? `about ${duration((left / rate) * 60_000)} left` : 'starting')
  return `${bar} ${percent(part)}  ${number(done)} of ${number(total)}  ${number(rate)}/min  ${rest}`
}
