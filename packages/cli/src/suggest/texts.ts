/** The short texts that a person sees of a page, by which one would tell it from others. */
import { tags } from '@regotcha-feedback/core/watch'
import type { Sight } from './sights.ts'

interface Text {
  readonly text: string
  /** The lower, the more it says of the page as a whole. */
  readonly weight: number
}

/** In characters: what tells a page stands near its beginning. */
const bound = 256 * 1024
const most = 80
const weights: Readonly<Record<string, number>> = { h1: 0, h2: 1, title: 1, h3: 2, a: 3, button: 3 }

export function textsIn({ body, data }: Sight): readonly Text[] {
  if (body === undefined || data !== undefined) return []
  if (!/<[a-z!]/i.test(body.slice(0, bound))) {
    const line = body.trim()
    return line.length <= 200 ? parts(line, 4) : []
  }
  const found: Text[] = []
  let inside = ''
  for (const tag of tags(body.slice(0, bound))) {
    if (found.length >= most) break
    if (typeof tag === 'string') found.push(...headline(inside, tag), ...parts(tag, weights[inside] ?? 5))
    else {
      inside = tag.isEnd ? '' : tag.name
      if (tag.name === 'title') found.push(...headline('title', tag.content), ...parts(tag.content, 1))
    }
  }
  return found
}

/** With its tag: a script of another page may have the words alone. */
const headline = (tag: string, run: string): readonly Text[] =>
  tag === 'title' || tag === 'h1'
    ? parts(run, 0).map(({ text, weight }) => ({ text: `<${tag}>${text}`, weight: 8 + weight }))
    : []

/**
 * A run of text, and what of it comes before a name or a number: `Welcome` of `Welcome, Jane` and of `Welcome Jane`.
 * It must stand in the body as it is, so nothing is decoded.
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
