import { stripVTControlCharacters, styleText } from 'node:util'
import type { Command } from 'commander'
import type { ExitCode } from './exit-code.ts'
import type { GlobalOptions } from './settings.ts'

/** A command's output: `data` with `--json`, else `text`. */
export interface Answer {
  readonly data: unknown
  readonly text: string
  /** Default: 0. */
  readonly exitCode?: ExitCode
}

/** A command's action: calls `run` with the options and arguments, and prints its answer. */
export function answering<Options, Args extends readonly unknown[]>(
  run: (options: GlobalOptions & Options, ...args: Args) => Answer | Promise<Answer>,
) {
  return async (...all: unknown[]): Promise<void> => {
    const options = (all.at(-1) as Command).optsWithGlobals<GlobalOptions & Options>()
    print(await run(options, ...(all.slice(0, -2) as unknown as Args)), options)
  }
}

export function print({ data, text, exitCode = 0 }: Answer, { json }: GlobalOptions): void {
  process.exitCode = exitCode
  process.stdout.write(`${json ? JSON.stringify(data, undefined, 2) : text}\n`)
}

/** Styles text on a terminal. Without a terminal, or with `NO_COLOR`, the text stays plain. */
export const styled = (
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
) => styleText(style, text, { stream })

/** Formats rows as lines with aligned columns. Columns in `right` are aligned right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const length = (cell: string) => stripVTControlCharacters(cell).length
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, length(cell))
  const padded = (cell: string, column: number) => {
    const padding = ' '.repeat((widths[column] ?? 0) - length(cell))
    return right.includes(column) ? padding + cell : cell + padding
  }
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')
}
