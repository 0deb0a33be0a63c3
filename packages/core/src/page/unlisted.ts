/** Playwright's own wrapper for calls that the user did not make. */
interface Internals {
  _wrapApiCall?<T>(call: () => Promise<T>, options: { readonly internal: true }): Promise<T>
}

/** Calls a method of a library's object without an entry in Playwright's traces and test reports. */
export const unlisted = <T>(object: object, call: () => Promise<T>): Promise<T> =>
  (object as Internals)._wrapApiCall?.(call, { internal: true }) ?? call()
