/** The short visible texts of a page, by which a person would recognise it. */
import { type Tag, tags } from '@regotcha-feedback/core/watch'

export interface Text {
  readonly text: string
  /** A lower rank means that the text says more about the whole page. */
  readonly weight: number
  /** Whether it is in a place where pages show errors. */
  readonly isError?: boolean
}

/** In characters. The texts that identify a page are near its beginning. */
const bound = 256 * 1024
const most = 80
const weights: Readonly<Record<string, number>> = { h1: 0, h2: 1, title: 1, h3: 2, a: 3, button: 3 }

export function textsIn(body: string): readonly Text[] {
  if (!/<[a-z!]/i.test(body.slice(0, bound))) {
    const line = body.trim()
    return line.length <= 200 ? parts(line, 4) : []
  }
  const alert = alertIn(body)
  if (alert !== undefined) return [{ text: alert, weight: 2, isError: true }]
  const found: Text[] = []
  let inside = ''
  /** The currently open element that shows an error. */
  let error = ''
  for (const tag of tags(body.slice(0, bound))) {
    if (found.length >= most) break
    if (typeof tag === 'string') {
      const isError = error !== ''
      const all = [...headline(inside, tag), ...parts(tag, weights[inside] ?? 5)]
      found.push(...all.map((text) => ({ ...text, isError })))
    } else {
      if (tag.isEnd && tag.name === error) error = ''
      else if (error === '' && showsError(tag)) error = tag.name
      inside = tag.isEnd ? '' : tag.name
      if (tag.name === 'title') found.push(...headline('title', tag.content), ...parts(tag.content, 1))
    }
  }
  return found
}

const showsError = ({ attributes }: Tag) =>
  attributes.get('role') === 'alert' || /error|alert|danger|flash|invalid/i.test(attributes.get('class') ?? '')

/** The text of an answer that is only a script, as old sites send it before they go back to the form. */
export function alertIn(body: string | undefined): string | undefined {
  if (body === undefined || body.length > 2000 || !body.includes('alert(')) return undefined
  const all = [...tags(body)]
  if (all.some((tag) => typeof tag === 'string' && tag.trim() !== '')) return undefined
  const script = all.map((tag) => (typeof tag === 'string' ? '' : tag.name === 'script' ? tag.content : '')).join('\n')
  return /\balert\(\s*(["'])([^"'\\]+)\1\s*\)/.exec(script)?.[2]
}

/** With its tag, because a script on another page may contain the words alone. */
const headline = (tag: string, run: string): readonly Text[] =>
  tag === 'title' || tag === 'h1'
    ? parts(run, 0).map(({ text, weight }) => ({ text: `<${tag}>${text}`, weight: 8 + weight }))
    : []

/**
 * A run of text, and its part before a name or number: `Welcome` in `Welcome, Jane` and in `Welcome Jane`. Nothing is
 * decoded, because it must match the raw body.
 */
function parts(run: string, weight: number): readonly Text[] {
  const whole = run.trim()
  if (/[\n{}&]/.test(whole)) return []
  const [clause = ''] = whole.split(/[,:!;–—|(]|\s-\s/, 1)
  const [beforeName = ''] = /^\p{L}[\p{Ll}’']*(?:\s+[\p{Ll}’']+)*(?=\s+\p{Lu})/u.exec(whole) ?? []
  const all = [...new Set([clause.trim(), beforeName, whole])]
  return all
    .filter((text) => text.length <= 60 && /\p{L}{3}|[^\p{ASCII}]{2}/u.test(text))
    .map((text, index) => ({ text, weight: weight + index / 10 }))
}
