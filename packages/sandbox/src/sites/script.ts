import { greeting, loginPage, tokenField, wrongCaptcha } from './login.ts'

/**
 * The sign-in page, whose `script` runs in place of the form's submission. It has `form`, its `fields` and the `token`;
 * `send(body, headers)` posts to the form's action, `show(success)` tells the user.
 */
export const scripted = (script: string, action = 'login') =>
  loginPage(
    action,
    `<script type="module">
const form = document.querySelector('form')
const send = (body, headers) => fetch(form.action, { method: 'POST', headers, body })
const show = (success) => {
  if (success) document.querySelector('main').innerHTML = '${greeting}'
  else form.insertAdjacentHTML('afterbegin', '${wrongCaptcha}')
}
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  form.querySelector('.error')?.remove()
  const fields = new FormData(form)
  const token = fields.get('${tokenField}')
  ${script}
})
</script>`,
  )
