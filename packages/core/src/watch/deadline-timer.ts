import type { Clock } from '../clock.ts'

/** A process that is later than this, in ms, stood still: in a debugger, on a machine that slept. Load makes it late by less. */
const standstill = 1_000

/**
 * Tells when a watch's time has run out, and what time it is for the watch. Who stands still sees nothing of what a site
 * does, so that time does not count, be it a clock that was set forward. As much again, `patience` ms at most, is left
 * for what waits to be seen.
 */
export class DeadlineTimer {
  #at = Number.POSITIVE_INFINITY
  #stood = 0
  #cancel: (() => void) | undefined
  readonly #clock: Clock
  readonly #patience: number
  readonly #isUp: (at: number) => void

  constructor(clock: Clock, patience: number, isUp: (at: number) => void) {
    this.#clock = clock
    this.#patience = patience
    this.#isUp = isUp
  }

  now(): number {
    const late = this.#clock.now() - this.#stood - this.#at
    if (late > standstill) this.#stood += late + Math.min(late, this.#patience)
    return this.#clock.now() - this.#stood
  }

  set(at: number): void {
    if (at === this.#at) return
    // What was over before it was known stood nowhere still.
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
      this.now()
      if (this.#stood === before) this.#isUp(this.#at)
      else this.#wait()
    })
  }
}
