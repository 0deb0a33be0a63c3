import { loginPage } from './login.ts'
import type { Site } from './site.ts'

/** Browsers fetch an icon whenever they get to it: two visits that did the same would differ in it. */
const noIcon = '<link rel="icon" href="data:,">'

/** Answers every call with the headers that it came with: what a watch adds, if it adds any, is seen here. */
export const mirror: Site = ({ route, headers }) => {
  switch (route) {
    case 'GET /':
      return { body: loginPage('login').replace('<head>', `<head>\n${noIcon}`) }
    case 'GET /headers':
    case 'POST /login':
      return { body: headers }
  }
}
