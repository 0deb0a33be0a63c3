import { createHash } from 'node:crypto'
import { Markup } from './markup.ts'

/** In the live page: updates what changed, but not while the reader has a table open or text selected. */
const script = `
setInterval(async () => {
  const old = document.getElementById('report')
  if (document.hidden || old.contains(document.activeElement) || String(getSelection())) return
  try {
    const answer = await fetch(location.pathname, { cache: 'no-store' })
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('report')
    for (const { parentElement } of old.querySelectorAll('details[open]'))
      next.querySelector('#' + parentElement.id + ' details')?.setAttribute('open', '')
    old.replaceWith(next)
  } catch {
    old.querySelector('.period').textContent = 'No longer live: regotcha-feedback report --serve has ended.'
  }
}, 5000)
`

export const refresh = new Markup(script)

/** The script's hash in the page's Content-Security-Policy. */
export const refreshHash = `sha256-${createHash('sha256').update(script).digest('base64')}`
