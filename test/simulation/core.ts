/** Core as it is simulated: its source in a folder, so that a copy that was changed on purpose can be simulated, too. */
import { pathToFileURL } from 'node:url'

type Modules = typeof import('../../packages/core/src/index.ts') &
  typeof import('../../packages/core/src/watching/watch.ts') &
  typeof import('../../packages/core/src/watching/watch-options.ts') &
  typeof import('../../packages/core/src/watching/lookout.ts') &
  typeof import('../../packages/core/src/watching/late-bodies.ts')

export type Core = Modules

export const itsFolder = new URL('../../packages/core/src/', import.meta.url).pathname

const files = ['index', 'watching/watch', 'watching/watch-options', 'watching/lookout', 'watching/late-bodies']

export async function loadCore(folder = itsFolder): Promise<Core> {
  const modules = await Promise.all(files.map((file) => import(`${pathToFileURL(folder).href}${file}.ts`)))
  return Object.assign({}, ...modules)
}
