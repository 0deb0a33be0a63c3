/** What compiles, and what does not, for who installs our packages. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compiled, complaints, link, writeConsumer } from './compile.ts'
import { emptyProject, entries, npmInstall } from './project.ts'
import { packAll, root, run } from './tarballs.ts'

const tarballs = packAll()
const project = emptyProject(
  tarballs,
  tarballs.map(({ name }) => name),
)
run('npm', npmInstall, project)
afterAll(() => {
  for (const folder of [project, dirname(tarballs[0]?.file as string)]) rmSync(folder, { recursive: true })
})

const versions = Object.entries({
  'TypeScript 7': `${root}/node_modules/typescript`,
  'TypeScript 5.5': `${root}/test/node_modules/typescript-5.5`,
})

test.each(versions)(
  '%s: our declarations compile where nothing else is installed, not even @types/node',
  (_, typescript) => {
    const alone = tarballs.flatMap(entries).filter((entry) => entry !== '@regotcha-feedback/playwright/test')
    writeFileSync(`${project}/alone.ts`, alone.map((entry, i) => `export * as _${i} from '${entry}'\n`).join(''))
    expect(complaints(project, typescript, ['alone.ts'], { lib: ['es2022', 'dom'], types: [] })).toEqual([])
  },
)

test.each(versions)(
  "%s: pages of each library and major are accepted without casts, and wrong options aren't",
  (_, typescript) => {
    link(project)
    writeConsumer(project)
    expect(complaints(project, typescript, compiled)).toEqual([])
  },
)
