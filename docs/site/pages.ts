/** Makes the site's pages of the repository's: README, docs, examples and what they link to. Nothing is written twice. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import navigation from './navigation.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')
const pages = join(import.meta.dirname, 'pages')

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const filesIn = (folder: string, end: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`)

/** Where a file of the repository is on the site; nothing for one that is not there. */
function placeOf(path: string): string | undefined {
  const name = basename(path).replace(/\.(md|ts)$/, '')
  if (path === 'README.md') return '/index'
  if (path === 'CONTRIBUTING.md' || path === 'LICENSE') return `/${name.toLowerCase()}`
  if (path === 'docs/api/README.md') return '/api/index'
  if (path.startsWith('docs/')) return path.slice('docs'.length).replace(/\.md$/, '')
  if (path.startsWith('examples/')) return `/examples/${name}`
  if (/^packages\/[\w-]+\/README\.md$/.test(path)) return `/${dirname(path)}`
}

const linkTo = (from: string) => (all: string, target: string) => {
  const [path = '', anchor] = target.split('#')
  if (/^[a-z]+:/.test(target) || path === '') return all
  const place = placeOf(posix.normalize(posix.join(posix.dirname(from), path)))
  if (place === undefined) throw new Error(`${from} links to ${target}, which is not on the site`)
  return `](${place.replace(/\/index$/, '/')}${anchor === undefined ? '' : `#${anchor}`})`
}

/** All but the code. */
const withLinks = (from: string, text: string) =>
  text
    .split(/(```[\s\S]*?```)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/\]\(([^)\s]+)\)/g, linkTo(from))))
    .join('')

function write(path: string, text: string): void {
  const place = placeOf(path)
  if (place === undefined) throw new Error(`${path} has no place on the site`)
  const file = join(pages, `${place}.md`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
const hasHistory = git('rev-parse', '--is-shallow-repository') === 'false'

/** Says of what is measured from which commit it is, where it does not say so itself. */
function dated(path: string, text: string): string {
  const name = basename(path, '.md')
  if (!(name in navigation.measured.pages)) return text
  const saysCommit = /Commit [0-9a-f]{7}/.test(text)
  const recorded = !saysCommit && hasHistory && git('log', '-1', '--format=commit %h of %cs', '--', path)
  const note = recorded ? `\n::: info Measured\nThis page is generated. It last changed in ${recorded}.\n:::\n` : ''
  const isTable = name.startsWith('conformance')
  return `${isTable ? '---\nsearch: false\n---\n\n' : ''}${text.replace(/^# .*\n/, (title) => `${title}${note}`)}`
}

const home = `---
layout: home
hero:
  name: Regotcha Feedback
  text: Did the site accept the token?
  tagline: Watches your Playwright or Puppeteer page, infers the answer and reports it to Regotcha.
  actions:
    - { theme: brand, text: Getting started, link: /getting-started }
    - { theme: alt, text: Which kind of site is yours?, link: /predicates#which-kind-of-site-is-yours }
    - { theme: alt, text: API, link: /api/ }
---
`

/** The example's own first comment, then all of it. */
function exampleAsPage(path: string): string {
  const code = read(path)
  const [, about = ''] = /^\/\*\* ([\s\S]*?) ?\*\//.exec(code) ?? []
  const text = about.replaceAll(/\s*\n \* ?/g, ' ').replaceAll(/\{@\w+ ([^}]*)\}/g, '$1')
  return `# ${basename(path)}\n\n${text}\n\n\`\`\`ts\n${code}\`\`\`\n\nThis example runs in a test.\n`
}

rmSync(pages, { recursive: true, force: true })
write('README.md', home + withLinks('README.md', read('README.md').replace(/^# .*\n/, '')))
for (const path of [...filesIn('docs', '.md'), ...filesIn('docs/api', '.md'), 'CONTRIBUTING.md'])
  write(path, withLinks(path, dated(path, read(path))))
for (const path of filesIn('packages', '').map((folder) => `${folder}/README.md`))
  write(path, withLinks(path, read(path)))
for (const path of filesIn('examples', '.ts')) write(path, exampleAsPage(path))
write('LICENSE', `# License\n\n${read('LICENSE')}`)
