import fc from 'fast-check'

/** Mostly the usual, which is also the simplest to shrink to: rare things meet in many visits, and don't crowd each. */
export const mostly = <const T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...Array<T>(5 * rare.length).fill(usual), ...rare)
