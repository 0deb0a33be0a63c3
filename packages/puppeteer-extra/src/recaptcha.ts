/** puppeteer-extra-plugin-recaptcha, as far as we touch it. */

/** A solution as its providers make them: `id` is the widget's, not the task's. */
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

/** What the plugin adds to a page, not always before others see the page. */
interface SolvingPage {
  getRecaptchaSolutions?: (captchas: [], provider: Provider) => Promise<unknown>
}

/** Told of a captcha that is solved, and whose token goes into the page next. Must not throw. */
export type Entering = (solved: { provider: string | undefined; taskId: string | undefined; token: string }) => void

/**
 * Tells of each solution just before it is entered, be it by `solveRecaptchas()` or by `enterRecaptchaSolutions()`, on
 * a page or on one of its frames: all of them go through one method of the plugin. It adds its methods to pages at a
 * time of its own, so an accessor waits for the first of them; a plain member remains.
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

/** The plugin calls a provider as a method of its own, which is how a page's method tells whose it is. */
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
