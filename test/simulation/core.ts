/** Core as it is simulated: its source in a folder, so that a copy that was changed on purpose can be simulated, too. */
import { pathToFileURL } from 'node:url'

type Modules = typeof import('../../packages/core/src/index.ts') &
  typeof import('../../packages/core/src/adapter-door.ts') &
  typeof import('../../packages/core/src/watch/watch.ts') &
  typeof import('../../packages/core/src/watch/watch-options.ts') &
  typeof import('../../packages/core/src/watch/token-watcher.ts') &
  typeof import('../../packages/core/src/page/late-bodies.ts')

export type Core = Modules

export const itsFolder = new URL('../../packages/core/src/', import.meta.url).pathname

const files = ['index', 'adapter-door', 'watch/watch', 'watch/watch-options', 'watch/token-watcher', 'page/late-bodies']

export async function loadCore(folder = itsFolder): Promise<Core> {
  const modules = await Promise.all(files.map((file) => import(`${pathToFileURL(folder).href}${file}.ts`)))
  return Object.assign({}, ...modules)
}
