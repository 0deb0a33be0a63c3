import { loginPage } from './login.ts'
import type { Site } from './site.ts'

/** Answers every call with the headers that it came with: what a watch adds, if it adds any, is seen here. */
export const mirror: Site = ({ route, headers }) => {
  switch (route) {
    case 'GET /':
      return { body: loginPage('login') }
    case 'GET /headers':
    case 'POST /login':
      return { body: headers }
  }
}
