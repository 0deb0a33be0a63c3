/** A tolerant reader for the tags and texts of HTML and XML, in one pass. Its only state is its position. */

export interface Tag {
  readonly name: string
  readonly isEnd: boolean
  readonly attributes: ReadonlyMap<string, string>
  /** The content of an element that holds no markup, such as a script. */
  readonly content: string
}

/** Elements whose content is not read as markup. */
export const raw = new Set('script style textarea title noscript template iframe noembed noframes xmp'.split(' '))

export function* tags(html: string): Generator<Tag | string> {
  const name = /<(\/?)([a-z][\w:.-]*)/iy
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at)
    if (open !== at) yield html.slice(at, open < 0 ? undefined : open)
    if (open < 0) return
    if (html.startsWith('<![CDATA[', open)) {
      at = open + 9
      continue
    }
    name.lastIndex = open
    const [start = '', slash, tag = ''] = name.exec(html) ?? []
    if (start === '' && !/[!?/]/.test(html[open + 1] ?? '')) {
      yield '<'
      at = open + 1
      continue
    }
    const end = html.startsWith('<!--', open) ? after(html, '-->', open + 4) : endOfTag(html, open + 1)
    // A browser does not show a tag that never ends.
    if (end < 0) return
    at = end
    if (start === '') continue
    const lower = tag.toLowerCase()
    let content = ''
    if (raw.has(lower) && slash === '' && html[end - 2] !== '/') {
      const close = new RegExp(`</${lower}`, 'gi')
      close.lastIndex = end
      at = close.exec(html)?.index ?? html.length
      content = html.slice(end, at)
    }
    yield {
      name: lower,
      isEnd: slash === '/',
      attributes: attributesOf(html.slice(open + start.length, end - 1)),
      content,
    }
  }
}

function after(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? -1 : found + what.length
}

function endOfTag(html: string, from: number): number {
  let isValue = false
  for (let at = from; at < html.length; at++) {
    const character = html[at] ?? ''
    if (character === '>') return at + 1
    if (isValue && (character === '"' || character === "'")) {
      at = html.indexOf(character, at + 1)
      if (at < 0) return -1
    }
    if (character.trim() !== '') isValue = character === '='
  }
  return -1
}

const noAttributes: ReadonlyMap<string, string> = new Map()

function attributesOf(text: string): ReadonlyMap<string, string> {
  if (text.trim() === '') return noAttributes
  const found = text.matchAll(/([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)
  return new Map(
    [...found].map(([, key = '', ...values]) => [key.toLowerCase(), values.find((v) => v !== undefined) ?? '']),
  )
}
