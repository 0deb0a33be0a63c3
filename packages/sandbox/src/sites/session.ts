/** Who is signed in, by a cookie, as far as a site needs to know from one page to the next. */
import type { Visit } from './site.ts'

export const signedIn = (yes: boolean) => ({ 'set-cookie': `session=${yes ? 'ada' : 'nobody'}` })

export const isSignedIn = ({ headers }: Visit) => headers.cookie?.includes('session=ada') ?? false

/** In a page: once the server has decided, on to where it knows. */
export const goingOn = `const waiting = setInterval(() => {
  if (!document.cookie.includes('session=')) return
  clearInterval(waiting)
  location = 'next'
}, 50)`
