/** The parts of puppeteer-extra-plugin-recaptcha that we use. */

/** A provider's solution. `id` is the widget's id, not the task's. */
interface Solution {
  readonly provider?: string
  readonly providerCaptchaId?: string
  readonly text?: string
  readonly error?: unknown
}

interface RecaptchaPlugin {
  readonly opts?: { readonly provider?: { readonly id?: string } }
  enterRecaptchaSolutions(page: unknown, solutions: readonly Solution[]): Promise<unknown>
}

interface Provider {
  fn(this: RecaptchaPlugin): Promise<{ solutions: [] }>
}

/** The methods that the plugin adds to a page, not always before other plugins get the page. */
interface SolvingPage {
  getRecaptchaSolutions?: (captchas: [], provider: Provider) => Promise<unknown>
}

/** Called with a solved captcha, before its token is entered into the page. Must not throw. */
export type Entering = (solved: { provider: string | undefined; taskId: string | undefined; token: string }) => void

/**
 * Reports each solution just before `solveRecaptchas()` or `enterRecaptchaSolutions()` enters it, on a page or on one of
 * its frames. All of these calls go through one method of the plugin. The plugin may add its methods to a page later, so an
 * accessor waits for the first of them, and then becomes a plain property.
 */
export function beforeEntering(entering: Entering): (page: object) => void {
  const known = new WeakSet<RecaptchaPlugin>()

  function found(recaptcha: RecaptchaPlugin): void {
    const enter = recaptcha.enterRecaptchaSolutions
    if (known.has(recaptcha) || typeof enter !== 'function') return
    known.add(recaptcha)
    recaptcha.enterRecaptchaSolutions = function (...args) {
      tell(recaptcha, args[1])
      return enter.apply(this, args)
    }
  }

  function tell({ opts }: RecaptchaPlugin, solutions: unknown): void {
    if (!Array.isArray(solutions)) return
    for (const solution of solutions as (Solution | null)[]) {
      const { provider = opts?.provider?.id, providerCaptchaId: taskId, text: token, error } = solution ?? {}
      if (token && !error) entering({ provider, taskId, token })
    }
  }

  return (page: SolvingPage) => {
    const name = 'getRecaptchaSolutions'
    if (page[name]) {
      ask(page[name], found)
      return
    }
    const others = Object.getOwnPropertyDescriptor(page, name)?.set
    Object.defineProperty(page, name, {
      configurable: true,
      get: () => undefined,
      set(value) {
        others?.call(page, value)
        Object.defineProperty(page, name, { value, writable: true, enumerable: true, configurable: true })
        ask(value, found)
      },
    })
  }
}

/** The plugin calls a provider's `fn` with itself as `this`, which shows to which plugin a page's method belongs. */
function ask(
  getSolutions: NonNullable<SolvingPage['getRecaptchaSolutions']>,
  found: (plugin: RecaptchaPlugin) => void,
) {
  const asked = async () =>
    getSolutions([], {
      async fn() {
        found(this)
        return { solutions: [] }
      },
    })
  asked().catch(() => {})
}
