/** The visible text of HTML, and of XML. It is read without building a tree or executing anything. */

import { raw, tags } from './tags.ts'

/** A piece of text without markup inside: an element, a cell, a line. */
export interface Passage {
  readonly text: string
  /** What the markup marks it as. `prose`: content such as an article. `text`: anything else. */
  readonly shownAs: 'error' | 'message' | 'heading' | 'prose' | 'text'
  /** Whether it belongs to the captcha's field. */
  readonly isOfCaptcha: boolean
}

const empty = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '))
const inline = new Set(
  'a abbr b bdi bdo code em font i kbd mark s small span strong sub sup time tt u var wbr'.split(' '),
)
/** Elements that never hold a message: what a form asks for, where a page leads, quotations. */
const unread = new Set(
  'a label legend option optgroup select datalist button nav footer head svg math object audio video canvas summary figcaption q blockquote cite pre th dt details'.split(
    ' ',
  ),
)
/** Elements that hold half a page. Their classes say nothing about a message. */
const large = new Set('html body form main section table tbody article aside'.split(' '))

const hiddenClass =
  /(?:^|[\s_])hide(?=[\s_]|--|$)|(?<!overflow-?(?:[xy]-)?)hidden(?=[\s_-]|$)|(?:^|\s)(?:d-none|display-none|dn|ng-hide|w3-hide|collapse|invisible|opacity-0|(?:field|summary|validation-summary|field-validation)-valid|tooltip|popover|x-cloak|ng-cloak|w-form-fail)(?=\s|$)/i
/** Hidden unless a second class shows them. */
const hiddenAtFirst = /(?:^|\s)(?:modal|toast|fade)(?=\s|$)/i
const shownNow = /(?:^|\s)(?:show|open|active|in)(?=\s|$)/i
/** Attributes by which a script in the page shows or hides an element. */
const scripted =
  /^(?:\[?hidden\]?|x-(?:show|cloak|if)|v-(?:if|else|else-if|show|cloak)|(?:data-)?ng-(?:show|hide|if|cloak|messages?)|\*ngif|\[ngif\]|wire:(?:show|loading|offline)|data-show|popover)(?:\.|$)/
const hidingStyle = /display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])/i
const errorMark =
  /error(?!-?\d|-free)|(?:^|[\s_-])errs?(?=[\s_-]|$)|danger|invalid|fail|wrong|reject|(?<!de)fault|denied/i
const messageMark =
  /alert|flash|toast|feedback|notice|notification|help-block|validation|warn|msg|callout|(?:form|status|system|page)-messages?|(?:^|\s)messages?(?=\s|$)/i
const noError = /(?:alert|notice|notification|message|toast|flash|msg|is|has)-(?:-)?(?:success|info|valid)\b/i
const red = /\bcolor\s*[:=]\s*["']?(?:red|#(?:f00|ff0000|c00|cc0000|d00|dd0000|e00|b00)\b)/i
const proseMark =
  /post|article|entry|comment|thread|faq|\bhelp\b(?!-block)|docs|wiki|hint|footer|sidebar|result|quote|review|answer/i
export const captchaField = /captcha|turnstile/i
const largePart =
  /(?:^|[-_])(?:has|with|form|card|panel|modal|section|page|dialog|popup|auth|log-?in|sign-?(?:in|up)|register|enabled|protected)(?:[-_]|$)/i

interface Open {
  readonly name: string
  readonly isUnseen: boolean
  readonly shownAs: Passage['shownAs']
  /** How many levels below this one still belong to the captcha's field. */
  readonly captchaLevels: number
  readonly isBoundary: boolean
}

/** Deeper than any page made for people. Reading stops there, because what is hidden is no longer known. */
const deepest = 200
/** How many levels up an end tag looks for its start tag. */
const furthest = 32

export function passages(html: string, shownAs: Passage['shownAs'] = 'text'): readonly Passage[] {
  const found: Passage[] = []
  const stack: Open[] = [{ name: '', isUnseen: false, shownAs, captchaLevels: 0, isBoundary: true }]
  const hidden = new Set<string>()
  let isInvalid = false
  let hidesErrors = false
  let text = ''
  const top = () => stack.at(-1) as Open
  const flush = () => {
    const { shownAs, captchaLevels } = top()
    if (text.trim() !== '') found.push({ text: decoded(text), shownAs, isOfCaptcha: captchaLevels > 0 })
    text = ''
  }
  const close = () => {
    if (top().isBoundary) flush()
    stack.pop()
  }
  for (const tag of tags(html)) {
    if (typeof tag === 'string') {
      if (!top().isUnseen) text += tag
      continue
    }
    const { name, isEnd, attributes } = tag
    if (name === 'style') for (const selector of hiding(tag.content)) hidden.add(selector)
    if (isEnd) {
      if (name === 'form') hidesErrors = false
      const opened = stack.findLastIndex((open) => open.name === name)
      if (opened > 0 && stack.length - opened <= furthest) while (stack.length > opened) close()
      continue
    }
    if (!inline.has(name) || name === 'br')
      while (
        stack.length > 1 &&
        (top().name === 'p' || (top().name === name && /^(?:li|option|dt|dd|tr|td|th)$/.test(name)))
      )
        close()
    const classes = attributes.get('class') ?? ''
    // Semantic UI shows the error messages of a form only if the form has the class `error`.
    const isSemanticForm = hasAll(classes, 'ui', 'form')
    if (name === 'form' || isSemanticForm) hidesErrors = isSemanticForm && !hasAll(classes, 'error')
    if (/(?:^|\s)is-invalid(?=\s|$)/.test(classes)) isInvalid = true
    else if (/^(?:input|select|textarea)$/.test(name)) isInvalid = false
    if (empty.has(name) || raw.has(name)) {
      if (!inline.has(name)) flush()
      continue
    }
    if (stack.length >= deepest) return found
    const parent = top()
    const own = shownBy(name, classes, attributes)
    const isMessage = own === 'error' || own === 'message'
    const isUnseen =
      parent.isUnseen ||
      (unread.has(name) && !(name === 'label' && isMessage)) ||
      isHidden(classes, attributes) ||
      (name === 'dialog' && !attributes.has('open')) ||
      (hidesErrors && hasAll(classes, 'ui', 'error', 'message')) ||
      (/(?:^|\s)invalid-(?:feedback|tooltip)(?=\s|$)/.test(classes) && !isInvalid && !/\bd-block\b/.test(classes)) ||
      (hidden.size > 0 &&
        [...classes.split(/\s+/).map((one) => `.${one}`), `#${attributes.get('id') ?? ''}`].some((one) =>
          hidden.has(one),
        ))
    const isOfCaptcha =
      !large.has(name) &&
      !/(?:^|\s)(?:card|panel|modal)(?=\s|$)/.test(classes) &&
      isOfField(
        `${classes} ${attributes.get('id') ?? ''} ${attributes.get('for') ?? ''} ${attributes.get('data-valmsg-for') ?? ''}`,
      )
    const isBoundary = !inline.has(name) || isMessage || (isUnseen && !parent.isUnseen && name !== 'a')
    if (isBoundary) flush()
    stack.push({
      name,
      isUnseen,
      shownAs: ranked(parent.shownAs, own),
      captchaLevels: isOfCaptcha ? 2 : Math.max(0, parent.captchaLevels - 1),
      isBoundary,
    })
  }
  flush()
  return found
}

/** Inside an error, everything is an error. Inside prose, everything but an error is prose. */
const ranked = (outer: Passage['shownAs'], own: Passage['shownAs'] | undefined): Passage['shownAs'] =>
  outer === 'error' || own === undefined || (outer === 'prose' && own !== 'error') ? outer : own

function shownBy(
  name: string,
  classes: string,
  attributes: ReadonlyMap<string, string>,
): Passage['shownAs'] | undefined {
  if (/^h[1-6]$/.test(name)) return 'heading'
  if (name === 'article' || name === 'aside') return 'prose'
  if (large.has(name)) return undefined
  const marks = `${name} ${classes} ${attributes.get('id') ?? ''}`
  if (!noError.test(marks)) {
    if (errorMark.test(marks) || red.test(`${attributes.get('style') ?? ''};color=${attributes.get('color') ?? ''}`))
      return 'error'
    if (messageMark.test(marks) || attributes.get('role') === 'alert') return 'message'
  }
  return proseMark.test(marks) || /^(?:li|td|dd)$/.test(name) ? 'prose' : undefined
}

/** Whether one of the names is the captcha's, and not that of a large part such as a form. */
export const isOfField = (names: string) =>
  captchaField.test(names) &&
  names
    .split(/[\s.,:/"[\]{}]+/)
    .some((one) => captchaField.test(one) && !largePart.test(one.replace(/([a-z\d])([A-Z])/g, '$1-$2')))

const hasAll = (classes: string, ...names: readonly string[]) =>
  names.every((name) => ` ${classes} `.includes(` ${name} `))

function isHidden(classes: string, attributes: ReadonlyMap<string, string>): boolean {
  return (
    hiddenClass.test(classes) ||
    (hiddenAtFirst.test(classes) && !shownNow.test(classes)) ||
    attributes.get('aria-hidden') === 'true' ||
    hidingStyle.test(attributes.get('style') ?? '') ||
    /(?:^|[\s,{])["']?(?:visible|hidden|if|ifnot)["']?\s*:/.test(attributes.get('data-bind') ?? '') ||
    [...attributes.keys()].some((name) => scripted.test(name))
  )
}

/** The classes and ids that a style sheet in the page hides. */
function hiding(css: string): readonly string[] {
  return css.split('}').flatMap((rule) => {
    const open = rule.lastIndexOf('{')
    if (!hidingStyle.test(rule.slice(open + 1))) return []
    return rule
      .slice(rule.lastIndexOf('{', open - 1) + 1, open)
      .split(',')
      .flatMap((selector) => selector.trim().match(/[.#][\w-]+$/) ?? [])
  })
}

const accents: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  uml: '\u0308',
  tilde: '\u0303',
  cedil: '\u0327',
  ring: '\u030a',
  caron: '\u030c',
}
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  rsquo: "'",
  szlig: 'ß',
}

/** Decodes character references and collapses white space. */
export function decoded(text: string): string {
  return text
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (_, decimal?: string, hex?: string, name = '') => {
      if (decimal ?? hex) return characterOf(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16))
      const accent = accents[name.slice(1)]
      return accent ? (name[0] + accent).normalize('NFC') : (named[name] ?? ' ')
    })
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim()
}

const characterOf = (code: number) => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ')
