import type { Clock } from '../clock.ts'

/** A process that is later than this, in ms, stood still: in a debugger, on a machine that slept. Load makes it late by less. */
const standstill = 1_000

/** Tells when a watch's time has run out, and what time it is for the watch. */
export interface DeadlineTimer {
  now(): number
  set(at: number): void
  cancel(): void
}

/**
 * Who stands still sees nothing of what a site does, so that time does not count, be it a clock that was set forward.
 * As much again, `patience` ms at most, is left for what waits to be seen.
 */
export function createDeadlineTimer(clock: Clock, patience: number, isUp: (at: number) => void): DeadlineTimer {
  let at = Number.POSITIVE_INFINITY
  let stood = 0
  let cancel: (() => void) | undefined

  function now(): number {
    const late = clock.now() - stood - at
    if (late > standstill) stood += late + Math.min(late, patience)
    return clock.now() - stood
  }

  function wait(): void {
    cancel?.()
    cancel = clock.after(Math.max(0, at - now()), () => {
      const before = stood
      now()
      if (stood === before) isUp(at)
      else wait()
    })
  }

  return {
    now,
    set(next) {
      if (next === at) return
      // What was over before it was known stood nowhere still.
      at = Math.max(next, now())
      wait()
    },
    cancel: () => cancel?.(),
  }
}
