/** A process that runs command lines, one after another, as a process of its own would run each. */
import { run } from '../../packages/cli/src/program.ts'
import type { CommandLine, Run } from './run.ts'

// Each command adds its listeners, which usually go with its process.
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0)

process.on('message', async ({ args, directory, env }: CommandLine) => {
  process.chdir(directory)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  process.exitCode = undefined
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: unknown) => {
      printed[name] += text
      return true
    }
  }
  await run([process.execPath, 'regotcha-feedback', ...args])
  process.send?.({ code: Number(process.exitCode ?? 0), ...printed } satisfies Run)
})
