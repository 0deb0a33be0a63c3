import type { PageWatch } from './page-watch.ts'

/** By page: the verdicts that are still to come. */
const open = new WeakMap<object, readonly Promise<unknown>[]>()

/** The verdicts of a page that are still to come, whoever armed its watches. */
export const openVerdictsOf = (page: object) => open.get(page) ?? []

export function noteOpen(page: object, { verdict }: Pick<PageWatch, 'verdict'>): void {
  open.set(page, openVerdictsOf(page).concat(verdict))
  void verdict.then(() =>
    open.set(
      page,
      openVerdictsOf(page).filter((other) => other !== verdict),
    ),
  )
}
