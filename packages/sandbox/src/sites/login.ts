/** The page that most sites show: a sign-in form with a captcha, and what follows it. */

/** The field where reCAPTCHA's widget, and so the crawler, leaves the token. */
export const tokenField = 'g-recaptcha-response'

export const wrongCaptcha = '<p class="error" role="alert">Wrong captcha, please try again.</p>'

export const greeting = '<h1>Welcome</h1><p>You are signed in.</p>'

export const welcome = page('Welcome', greeting)

export function page(title: string, content: string) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem }
form { display: grid; gap: 0.75rem }
input, button { font: inherit; padding: 0.5rem }
.captcha { border: 1px solid; border-radius: 0.25rem; padding: 0.75rem }
.error { margin: 0; color: light-dark(#a40018, #ff9b9b) }
</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`
}

/** `extra` opens the form: an error or a script. */
export function loginPage(action: string, extra = '') {
  return page(
    'Sign in',
    `<h1>Sign in</h1>
<form method="post" action="${action}">
${extra}
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username">
<div class="captcha">
This form is protected by a captcha.
<textarea id="${tokenField}" name="${tokenField}" aria-label="Captcha token" style="display: none"></textarea>
</div>
<button type="submit">Sign in</button>
</form>`,
  )
}
