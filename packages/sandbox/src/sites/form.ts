import { errorPage } from '../loopback.ts'
import { loginPage, tokenField, welcome, wrongCaptcha } from './login.ts'
import type { Site } from './site.ts'

/** A form as of old: a good token is answered by a redirect, a bad one by the same page again, status 200. */
export const form: Site = ({ route, body, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: loginPage('/form/login') }
    case 'POST /login':
      return verify(tokenOf(body))
        ? { status: 302, headers: { location: '/form/dashboard' } }
        : { body: loginPage('/form/login', wrongCaptcha) }
    case 'GET /dashboard':
      return { body: welcome }
  }
}

/** Answers every submission with a server error, whether its token is good or not. */
export const broken: Site = ({ route, body, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: loginPage('/broken/login') }
    case 'POST /login':
      verify(tokenOf(body))
      return errorPage(500)
  }
}

const tokenOf = (body: string) => new URLSearchParams(body).get(tokenField) ?? ''
