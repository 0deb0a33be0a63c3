import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { guide, measured } from '../navigation.json'

const pages = join(import.meta.dirname, '../pages')

/** Each page of `docs/` once, as `navigation.json` has them; those that are measured apart. */
const groupOf = ({ text, pages }: { readonly text: string; readonly pages: object }) => ({
  text,
  items: Object.entries(pages).map(([name, title]) => ({ text: String(title), link: `/${name}` })),
})

const namesIn = (folder: string) =>
  readdirSync(join(pages, folder))
    .map((name) => name.replace(/\.md$/, ''))
    .filter((name) => name !== 'index')
    .toSorted()
    .map((name) => ({ text: name, link: `/${folder}/${name}` }))

/** As GitHub makes anchors of headings, so that a link holds in both places. */
const slugify = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

export default defineConfig({
  title: 'Regotcha Feedback',
  description: 'Infers from a Playwright or Puppeteer page whether a site accepted a CAPTCHA token, and reports it.',
  srcDir: 'pages',
  cleanUrls: true,
  markdown: { anchor: { slugify }, toc: { slugify }, headers: { slugify } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'API', link: '/api/' },
      { text: 'Examples', link: '/examples/playwright' },
    ],
    sidebar: {
      '/api/': [{ text: 'API', link: '/api/', items: namesIn('api') }, ...guide.map(groupOf)],
      '/examples/': [{ text: 'Examples', items: namesIn('examples') }],
      '/': [...guide.map(groupOf), { text: 'API', link: '/api/' }, groupOf(measured)],
    },
  },
})
