/** What compiles, and what does not, under TypeScript 7 and 5.5, for who installs our packages. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compiled, complaints, link, writeConsumer } from './compile.ts'
import { emptyProject, entries, npmInstall } from './project.ts'
import { packAll, root, run } from './tarballs.ts'

const tarballs = await packAll()
const project = emptyProject(
  tarballs,
  tarballs.map(({ name }) => name),
)
await run('npm', npmInstall, project)
afterAll(() => {
  for (const folder of [project, dirname(tarballs[0]?.file as string)]) rmSync(folder, { recursive: true })
})

const versions = [`${root}/node_modules/typescript`, `${root}/test/node_modules/typescript-5.5`]

async function expectNoComplaints(files: readonly string[], options?: Parameters<typeof complaints>[3]) {
  const found = versions.map((typescript) => complaints(project, typescript, files, options))
  expect(await Promise.all(found)).toEqual([[], []])
}

test('our declarations compile where nothing else is installed, not even @types/node', async () => {
  const alone = tarballs.flatMap(entries).filter((entry) => entry !== '@regotcha-feedback/playwright/test')
  writeFileSync(`${project}/alone.ts`, alone.map((entry, i) => `export * as _${i} from '${entry}'\n`).join(''))
  await expectNoComplaints(['alone.ts'], { lib: ['es2022', 'dom'], types: [] })
})

test("pages of each library and major are accepted without casts, and wrong options aren't", async () => {
  link(project)
  writeConsumer(project)
  await expectNoComplaints(compiled)
})
