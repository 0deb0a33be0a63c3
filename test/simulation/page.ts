/** What a site's own scripts do on the page that has the captcha, and what else they send meanwhile. */
import type { Document } from './browser.ts'
import type { Answer, Script, Sending } from './facts.ts'
import { hasTwoSteps, home, isDocument, type Site, type SiteTraits } from './site.ts'
import type { Token } from './vendor.ts'

const recorder = 'https://replay.test'
const ownToken = `03AFcWeAown${'v3-_Zx81'.repeat(30)}`

/** The script of a page with the form; with `waitsFor`, of one that waits for what will come of it. */
export function pageOf(site: Site, hasCaptcha: boolean, waitsFor?: Sending): Script {
  const { traits } = site
  const has = (noise: SiteTraits['noise'][number]) => traits.noise.includes(noise)
  const post = (path: string, value: object, type: Sending['type'] = 'fetch'): Sending => ({
    method: 'POST',
    url: path.startsWith('http') ? path : `${home}${path}`,
    headers: { 'content-type': 'application/json', ...(has('own v3 tokens') && { 'x-recaptcha-token': ownToken }) },
    body: JSON.stringify(value),
    type,
  })
  const get = (path: string, token?: Token): Sending => ({ method: 'GET', url: `${home}${path}`, type: 'fetch', token })
  const fieldsOf = (token: Token) => ({ name: 'ada', [traits.field]: token.text })

  /** What the page does with what came of the submission. */
  async function react(
    document: Document,
    { token }: Pick<Sending, 'token'>,
    answer: Answer | undefined,
    isFirst = true,
  ): Promise<void> {
    const outcome = spokenIn(answer)
    if (outcome.success === true) {
      if (isFirst && hasTwoSteps(traits))
        return react(document, { token }, await document.call({ ...post('/state', { name: 'ada' }), token }), false)
      if (has('analytics'))
        void document.call(post(`${recorder}/collect`, { at: document.url, event: 'login' }, 'ping'))
      if (traits.success === 'push' && document.url !== `${home}/dashboard`) document.push('/dashboard')
      if (traits.success === 'redirect' || traits.success === 'script') return document.go('/dashboard', token)
      // There is no form any more.
      document.actions = {}
      document.show('.welcome')
      return site.shown({ token }, 'success')
    }
    if (traits.isOptimistic && document.url.endsWith('/dashboard') && answer) document.push('/login')
    if (has('translations')) void document.call(get('/words.json'))
    if (typeof outcome.next === 'string') return document.go(outcome.next, token)
    if (answer?.means) site.shown({ token }, answer.means)
  }

  async function wait(document: Document, sending: Sending): Promise<void> {
    for (let polls = 0; polls < 20; polls += 1) {
      await document.sleep(1_500)
      const answer = await document.call(get(`/state?n=${polls}`, sending.token))
      if (spokenIn(answer).state !== 'pending') return settle(document, sending, answer)
    }
  }

  /** A page that waited goes where one would have gone at once. */
  async function settle(document: Document, sending: Sending, answer: Answer | undefined): Promise<void> {
    if (!isDocument(traits)) return react(document, sending, answer)
    const { success, next } = spokenIn(answer)
    if (answer?.means) site.shown(sending, answer.means)
    document.go(success === true ? '/dashboard' : String(next ?? '/login'), sending.token)
  }

  async function submit(document: Document, token: Token): Promise<void> {
    const sending = submissionOf(traits, token, has('own v3 tokens') ? ownToken : undefined)
    if (traits.carrier === 'hidden frame') {
      document.actions.answered = (answer) => void react(document, sending, answer)
      return document.send(sending, document.iframe())
    }
    if (traits.carrier === 'frame') return document.iframe().document.send(sending)
    if (traits.carrier === 'popup') return document.popup(sending)
    if (isDocument(traits)) return document.send(sending)
    if (traits.isOptimistic) document.push('/dashboard')
    const called = document.call(sending)
    if (traits.carrier === 'beacon') {
      await document.sleep(7_000)
      return react(document, sending, await document.call(get('/state', token)))
    }
    const answer = await called
    if (answer?.status === 202) return wait(document, sending)
    return react(document, sending, answer)
  }

  return (document) => {
    if (waitsFor) return wait(document, waitsFor)
    if (!hasCaptcha) return
    let filled: Token | undefined
    document.actions = {
      fill(token) {
        filled = token
        if (has('autosave')) void document.call(post('/draft', fieldsOf(token)))
        if (has('recorder'))
          void document.call(post('/replay', { session: '4f', events: [{ type: 3, data: { text: token.text } }] }))
      },
      edit() {
        const body = new URLSearchParams({
          security: '4f',
          post_data: new URLSearchParams(filled && fieldsOf(filled)).toString(),
        })
        if (has('recalculation')) void document.call({ ...post('/review', {}), body: body.toString() })
      },
      submit() {
        if (filled) void submit(document, filled)
      },
    }
    if (has('polls')) void beat(document, get('/news'))
    if (has('pings')) void beat(document, post('/ping', { at: document.url }))
  }

  async function beat(document: Document, sending: Sending): Promise<void> {
    for (let beats = 0; beats < 4; beats += 1) {
      await document.sleep(1_500)
      await document.call(sending)
    }
  }
}

/** The request that takes the token to the site. */
function submissionOf({ carrier, encoding, field }: SiteTraits, token: Token, v3: string | undefined): Sending {
  const fields = { name: 'ada', [field]: token.text, ...(v3 && { recaptchaToken: v3 }) }
  const url = `${home}/submit`
  const query = new URLSearchParams(fields).toString()
  const type = isDocument({ carrier }) ? 'document' : carrier === 'beacon' ? 'ping' : 'fetch'
  if (carrier === 'GET form' || carrier === 'GET call') return { method: 'GET', url: `${url}?${query}`, type, token }
  if (encoding === 'header' && type === 'fetch')
    return { method: 'POST', url, headers: { 'x-captcha': token.text }, body: 'name=ada', type, token }
  if (encoding === 'json' && type !== 'document')
    return { method: 'POST', url, body: JSON.stringify(fields), type, token }
  if (encoding === 'multipart') return { method: 'POST', url, body: multipart(fields), type, token }
  return { method: 'POST', url, body: query, type, token }
}

const multipart = (fields: object) =>
  `${Object.entries(fields)
    .map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--x--\r\n`

function spokenIn(answer: Answer | undefined): Readonly<Record<string, unknown>> {
  return answer?.headers['content-type'] === 'application/json' ? JSON.parse(answer.body) : {}
}
