/** The result of one check of `doctor`. */
export interface Finding {
  readonly check: 'sqlite' | 'disk' | 'outbox' | 'api' | 'key' | 'clock' | 'browser'
  /** `warning`: it works with a drawback, or could not be checked fully. */
  readonly outcome: 'good' | 'warning' | 'bad'
  readonly found: string
  /** What to do; absent if all is well. */
  readonly advice?: string
}

type Check = Finding['check']

export const good = (check: Check, found: string): Finding => ({ check, outcome: 'good', found })
export const warning = (check: Check, found: string, advice: string): Finding => ({
  check,
  outcome: 'warning',
  found,
  advice,
})
export const bad = (check: Check, found: string, advice: string): Finding => ({ check, outcome: 'bad', found, advice })
