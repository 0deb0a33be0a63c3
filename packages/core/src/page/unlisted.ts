/** How Playwright's own code calls what the user did not. */
interface Internals {
  _wrapApiCall?<T>(call: () => Promise<T>, options: { readonly internal: true }): Promise<T>
}

/** Calls a method of a library's object so that it appears in no Playwright trace and in no test report. */
export const unlisted = <T>(object: object, call: () => Promise<T>): Promise<T> =>
  (object as Internals)._wrapApiCall?.(call, { internal: true }) ?? call()
