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
    .description('write an HTML report: acceptance by site and over time, predicates, delivery')
    .argument('[file]', 'the file to write; - for standard output', 'regotcha-feedback.html')
    .addOption(new Option('--days <count>', 'how many days to cover').argParser(wholeNumber).default(30))
    .addOption(recordedOption('links a record for each site with undecided verdicts'))
    .option('--serve', 'serve the report on 127.0.0.1 and keep it up to date, until Ctrl-C')
    .addOption(
      new Option('--port <number>', 'the port to serve it on').argParser(portNumber).default(0, 'any free port'),
    )
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
