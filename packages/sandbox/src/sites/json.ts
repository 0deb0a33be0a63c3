import { z } from 'zod'
import { greeting, loginPage, tokenField, welcome, wrongCaptcha } from './login.ts'
import type { Site } from './site.ts'

/** A page whose script does it all: a JSON call, then `history.pushState`, with no navigation. */
export const json: Site = ({ route, json, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: scriptedPage('json') }
    case 'POST /login': {
      const { data } = submission.safeParse(json)
      if (!data) return { status: 400, body: { success: false, error: 'request' } }
      return { body: verify(data.captcha) ? { success: true } : { success: false, error: 'captcha' } }
    }
    case 'GET /dashboard':
      return { body: welcome }
  }
}

/** The same page, whose call is never answered. */
export const silent: Site = ({ route, json, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: scriptedPage('silent') }
    case 'POST /login':
      verify(submission.safeParse(json).data?.captcha ?? '')
      return 'stall'
  }
}

const submission = z.object({ username: z.string(), captcha: z.string() })

const scriptedPage = (site: string) =>
  loginPage(
    `/${site}/login`,
    `<script type="module">
const form = document.querySelector('form')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  form.querySelector('.error')?.remove()
  const { username, '${tokenField}': captcha } = Object.fromEntries(new FormData(form))
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, captcha }),
  })
  const { success } = await response.json()
  if (!success) return form.insertAdjacentHTML('afterbegin', '${wrongCaptcha}')
  history.pushState(null, '', '/${site}/dashboard')
  document.title = 'Welcome'
  document.querySelector('main').innerHTML = '${greeting}'
})
</script>`,
  )
