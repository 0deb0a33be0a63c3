import type { Clock } from '../clock.ts'

/**
 * If the timer is later than this, in ms, the process was suspended: by a debugger, or on a sleeping machine. Load
 * delays it less.
 */
const standstill = 1_000
/**
 * If the timer is later than this, in ms, the process was busy. It runs its timers before it takes in what has arrived
 * meanwhile, so that comes first.
 */
const busy = 5

interface TimedWatch {
  timeIsUp(at: number): void
}

/**
 * Calls back when a watch's time has run out, and keeps the watch's own time. A suspended process observes nothing, so
 * that time does not count; a clock that is set forward looks the same. Afterwards, as much time again is added, at
 * most `patience` ms, to observe what is queued.
 */
export class DeadlineTimer {
  #at = Number.POSITIVE_INFINITY
  #stood = 0
  #cancel: (() => void) | undefined
  readonly #clock: Clock
  readonly #patience: number
  readonly #watch: TimedWatch

  constructor(clock: Clock, patience: number, watch: TimedWatch) {
    this.#clock = clock
    this.#patience = patience
    this.#watch = watch
  }

  now(): number {
    const late = this.#clock.now() - this.#stood - this.#at
    if (late > standstill) this.#stood += late + Math.min(late, this.#patience)
    return this.#clock.now() - this.#stood
  }

  set(at: number): void {
    if (at === this.#at) return
    // A deadline that had already passed when it was set does not indicate a suspension.
    this.#at = Math.max(at, this.now())
    this.#wait()
  }

  cancel(): void {
    this.#cancel?.()
  }

  #wait(): void {
    this.cancel()
    this.#cancel = this.#clock.after(Math.max(0, this.#at - this.now()), () => {
      const before = this.#stood
      const late = this.now() - this.#at
      if (this.#stood !== before) this.#wait()
      else if (late < busy) this.#watch.timeIsUp(this.#at)
      else this.#cancel = this.#clock.after(0, () => this.#watch.timeIsUp(this.#at))
    })
  }
}
