import type { Command } from 'commander'
import { type Answer, answering, styled, table } from '../answer.ts'
import { exitCode } from '../exit-code.ts'
import { type GlobalOptions, settingsOf } from '../settings.ts'
import { plural } from '../words.ts'
import { checkAPI } from './api.ts'
import { checkBrowsers } from './browser.ts'
import { type Finding, warning } from './finding.ts'
import { checkDisk, checkOutbox, checkSafety } from './outbox.ts'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check key, API, clock, outbox, disk and browser, and say what to fix; records nothing')
    .action(answering(doctor))
}

async function doctor(options: GlobalOptions): Promise<Answer> {
  const { outbox, baseURL, clientKey } = settingsOf(options)
  const [ofAPI, ofBrowsers] = await Promise.all([checkAPI(baseURL, clientKey), checkBrowsers()])
  const ofOutbox =
    typeof outbox === 'object' && 'file' in outbox
      ? [checkDisk(outbox.file), checkOutbox(outbox.file)]
      : [warning('outbox', 'is in memory: pending feedback is lost with the process', 'Unset REGOTCHA_OUTBOX.')]
  const findings = [...ofAPI, checkSafety(), ...ofOutbox, ...ofBrowsers]
  const bad = findings.filter(({ outcome }) => outcome === 'bad').length
  const end = bad === 0 ? 'Ready.' : `${plural(bad, 'problem')} to fix.`
  return {
    data: { isReady: bad === 0, findings },
    text: `${table(findings.flatMap(lines))}\n\n${styled('bold', end)}`,
    exitCode: bad === 0 ? exitCode.done : exitCode.failed,
  }
}

const marks = {
  good: () => styled('green', '✔'),
  warning: () => styled('yellow', '!'),
  bad: () => styled('red', '✖'),
}

const lines = ({ check, outcome, found, advice }: Finding) => [
  [marks[outcome](), check, found],
  ...(advice ? [['', '', styled('dim', `→ ${advice}`)]] : []),
]
