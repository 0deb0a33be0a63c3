import { type Command, InvalidArgumentError, Option } from 'commander'
import { answering } from '../answer.ts'
import { type RecordedOption, recordedOption } from '../recorded.ts'
import type { GlobalOptions } from '../settings.ts'
import { wholeNumber } from './number-option.ts'

export interface ReportOptions extends RecordedOption {
  readonly days: number
  readonly serve?: true
  readonly port: number
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('one HTML page of it all: acceptance by site and over time, predicates, delivery')
    .argument('[file]', 'where to write it; - for standard output', 'regotcha-feedback.html')
    .addOption(new Option('--days <count>', 'of how many days').argParser(wholeNumber).default(30))
    .addOption(recordedOption('links one for each site with undecided verdicts'))
    .option('--serve', 'serve it on this machine instead, always up to date, until Ctrl-C')
    .addOption(new Option('--port <number>', 'where to serve it').argParser(portNumber).default(0, 'a free one'))
    .action(
      answering(async (options: ReportOptions & GlobalOptions, file: string) => {
        const { report } = await import('../report/report.ts') // its charts take a while to load
        return report(options, file)
      }),
    )
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('Expected a port, at most 65535.')
  return port
}
