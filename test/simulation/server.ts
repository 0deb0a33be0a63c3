/** A site's server: takes a token, has it verified, and answers as its traits have it. */
import type { Answer, Sending, Server } from './facts.ts'
import { pageOf } from './page.ts'
import { codeOf, hasTwoSteps, home, isDocument, type Site, sentenceOf, statusOf } from './site.ts'
import { furniture, type Outcome, type Refusal } from './speech.ts'
import type { Token, Vendor } from './vendor.ts'

const html = { 'content-type': 'text/html; charset=utf-8' }
const jsonType = { 'content-type': 'application/json' }
const widget = '<div class="g-recaptcha" data-sitekey="6Lc-x"></div><textarea name="g-recaptcha-response"></textarea>'

export function createServer(site: Site, vendor: Vendor, log: (line: string) => void): Server {
  const { traits, time } = site
  const { takes: after } = traits
  let attempts = 0
  let walls = 0
  let isLoggedIn = false
  /** What is known of each token's last submission; of a job there is no outcome before its time. */
  const known = new Map<Token | undefined, { readonly sending: Sending; readonly readyAt: number; outcome?: Outcome }>()

  const page = (body: string, parts: Partial<Answer> = {}): Answer => ({
    status: 200,
    headers: html,
    body: `<html><body>${traits.hasFurniture ? furniture : ''}${body}</body></html>`,
    after: 30,
    ...parts,
  })
  const json = (value: object, status = 200, headers = {}): Answer => ({
    status,
    headers: { ...jsonType, ...headers },
    body: JSON.stringify(value),
    after,
  })
  const redirect = (location: string, headers = {}): Answer => ({
    status: 302,
    headers: { ...html, location, ...headers },
    body: '',
    after,
  })
  const form = (text = '', hasCaptcha = true) =>
    page(`<h1>Sign in</h1><p>${text}</p><form>${hasCaptcha ? widget : ''}<button>Go</button></form>`, {
      script: pageOf(site, hasCaptcha),
    })

  /** What is wrong with a submission, in the order in which the site looks. */
  function refusalOf({ token }: Sending, step: 'whole' | 'captcha' | 'rest'): Refusal | undefined {
    const { otherwise, isOtherwiseOnce, verifiesLast } = traits
    if (step !== 'rest') attempts += 1
    const other =
      otherwise === 'nothing' || otherwise === 'waved through' || (isOtherwiseOnce && attempts > 1)
        ? undefined
        : otherwise
    const isOfForm = other === 'password' || other === 'taken'
    if (other && !isOfForm && step !== 'rest') return other
    if (isOfForm && ((verifiesLast && step === 'whole') || step === 'rest')) return other
    if (step === 'rest') return undefined
    if (otherwise === 'waved through' && token) token.truth = token.truth === 'unverified' ? 'accepted' : token.truth
    else if (!token || !vendor.verify(token)) return 'captcha'
    return isOfForm && step === 'whole' ? other : undefined
  }

  function submit(sending: Sending): Answer | undefined {
    if (traits.wall === 'always' || (traits.wall === 'once' && walls++ === 0)) return wall(sending)
    if (traits.isJob) {
      known.set(sending.token, { sending, readyAt: time.now() + 4_000 })
      if (!isDocument(traits)) return json({ job: 7 }, 202)
      return page('<p>Please wait</p>', { status: 202, after, script: pageOf(site, false, sending) })
    }
    const refusal = refusalOf(sending, hasTwoSteps(traits) ? 'captcha' : 'whole')
    known.set(sending.token, { sending, readyAt: 0, outcome: refusal ?? 'success' })
    return answer(sending, refusal ?? 'success', isDocument(traits))
  }

  function wall(sending: Sending): Answer {
    log('wall: answers in place of the site')
    const status = traits.wording % 2 ? 200 : 403
    const script: Answer['script'] = async (document) => {
      await document.sleep(6_000)
      document.send(sending)
    }
    return page('<h1>Just a moment…</h1><p>Verify that you are human.</p>', {
      status,
      headers: { ...html, 'cf-mitigated': 'challenge' },
      ...(sending.type === 'document' && { script }),
    })
  }

  function answer(sending: Sending, outcome: Outcome, inDocument: boolean): Answer | undefined {
    log(`site: ${outcome === 'success' ? 'lets in' : `refuses (${outcome})`}`)
    if (outcome === 'disconnected') return undefined
    if (outcome !== 'success') return refuse(sending, outcome, inDocument)
    isLoggedIn = true
    const headers = traits.setsSession ? { 'set-cookie': 'session=s3' } : {}
    const said = { ...json({ success: true }, traits.successStatus, headers), means: outcome } as const
    if (!inDocument) return said
    if (traits.success === 'redirect') return redirect('/dashboard', headers)
    if (traits.success === 'nowhere') return redirect('myapp://done', headers)
    return page('<h1>Welcome, Ada</h1>', {
      status: traits.successStatus,
      headers: { ...html, ...headers },
      after,
      async script(document) {
        site.shown(sending, outcome)
        document.show('.welcome')
        const { answered } = document.frame.parent?.actions ?? {}
        if (answered) return answered(said)
        await document.sleep(40)
        if (traits.success !== 'page') document.go('/dashboard', sending.token)
      },
    })
  }

  function refuse(sending: Sending, refusal: Refusal, inDocument: boolean): Answer {
    const { refusal: how } = traits
    const status = statusOf(traits, refusal)
    const hasCaptcha = traits.again === 'after any refusal' || (traits.again !== 'never' && refusal === 'captcha')
    const code = codeOf(traits, refusal)
    const sentence = sentenceOf(traits, refusal)
    if (!inDocument) {
      const spoken =
        how === 'code'
          ? { error: code }
          : how === 'words'
            ? { message: sentence }
            : how === 'query'
              ? { next: `/login?error=${refusal}` }
              : {}
      const value = { success: false, ...spoken, ...(hasCaptcha && { captchaRequired: true }) }
      return { ...json(value, how === 'query' ? 200 : status), means: refusal }
    }
    if (how === 'query' || how === 'code') return redirect(`/login?error=${refusal}`)
    const base =
      how === 'alert and back'
        ? page(`<script>alert('${sentence}');history.back()</script>`)
        : form(how === 'words' ? sentence : '', hasCaptcha)
    return {
      ...base,
      status: how === 'alert and back' ? 200 : status,
      after,
      async script(document) {
        site.shown(sending, refusal)
        const { answered } = document.frame.parent?.actions ?? {}
        answered?.({ ...json({ success: false }), means: refusal })
        if (how !== 'alert and back') return base.script?.(document)
        await document.sleep(300)
        document.frame.back()
      },
    }
  }

  function poll({ token }: Sending): Answer | undefined {
    const one = known.get(token)
    if (!one || time.now() < one.readyAt) return json({ state: 'pending' })
    if (hasTwoSteps(traits)) return answer(one.sending, refusalOf(one.sending, 'rest') ?? 'success', false)
    one.outcome ??= refusalOf(one.sending, 'whole') ?? 'success'
    return answer(one.sending, one.outcome, false)
  }

  function login({ url, token }: Sending): Answer {
    const error = new URL(url).searchParams.get('error') as Refusal | null
    const isAgain = traits.again === 'after any refusal' || (traits.again !== 'never' && error === 'captcha')
    const plain = form('', !error || isAgain)
    return {
      ...plain,
      script(document) {
        if (error && token) site.shown({ token }, error)
        return plain.script?.(document)
      },
    }
  }

  const dashboard = ({ token }: Sending) =>
    page('<h1>Welcome, Ada</h1>', {
      script(document) {
        document.show('.welcome')
        if (token) site.shown({ token }, 'success')
      },
    })

  const noise = () =>
    traits.noiseAnswer === 'nothing'
      ? { status: 204, headers: {}, body: '', after: 40 }
      : json(traits.noiseAnswer === 'words' ? { result: 'ok' } : { success: true })

  return (sending) => {
    const { origin, pathname } = new URL(sending.url)
    if (origin !== home) return { status: 204, headers: {}, body: '', after: 40 }
    switch (pathname) {
      case '/login':
        return login(sending)
      case '/submit':
        return submit(sending)
      case '/state':
        return poll(sending)
      case '/dashboard':
        return isLoggedIn || traits.isOpen ? dashboard(sending) : redirect('/login')
      case '/words.json':
        return json({ 'captcha.failed': 'The captcha was wrong, please try again.' })
      case '/elsewhere':
        return page('<h1>About us</h1>')
      default:
        return noise()
    }
  }
}
