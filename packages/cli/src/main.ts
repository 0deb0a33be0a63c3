#!/usr/bin/env node
import { program } from 'commander'
import { runExplain } from './explain/command.ts'

program.name('regotcha-feedback').description('See and operate the feedback of your CAPTCHA tokens.')

program
  .command('explain <session.har>')
  .description('replay a recorded session through your rules: what the verdict is, and why')
  .requiredOption('--rules <file>', 'a module that exports acceptedWhen and what else a watch is given, or sites')
  .option('--watch', 'again whenever the rules are edited')
  .option('--json', 'as JSON, one line for each run')
  .action(async (har: string, options: { rules: string; watch?: boolean; json?: boolean }) => {
    const { stdout, stderr } = process
    process.exitCode = await runExplain({ har, ...options, stdout, stderr })
  })

await program.parseAsync()
