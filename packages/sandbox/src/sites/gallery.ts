import { page } from './login.ts'
import type { Site } from './site.ts'

const images = Array.from({ length: 300 }, (_, index) => index + 1)

/** A page with no captcha and 300 uncached images, each with its own URL: what a watch costs is seen here. */
export const gallery: Site = ({ route }) => {
  if (route === 'GET /') return { body: galleryPage }
  const number = Number(/^GET \/(\d+)\.svg$/.exec(route)?.[1])
  if (!images.includes(number)) return
  return { headers: { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }, body: image(number) }
}

const galleryPage = page(
  'Gallery',
  `<h1>Gallery</h1>
${images.map((number) => `<img src="/gallery/${number}.svg" width="16" height="16" alt="">`).join('\n')}`,
)

const image = (hue: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="hsl(${hue} 60% 50%)"/></svg>`
