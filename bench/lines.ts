/** A line of a table. */
export function row(...cells: string[]): string {
  const widths = [7, 28, 24, 20, 22, 22, 22, 22, 0]
  return `  ${cells.map((cell, index) => `${cell} `.padEnd(widths[index] ?? 0)).join('')}`.trimEnd()
}

/** Prints a line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Whether a goal was reached, for people. */
export function verdict(met: boolean): string {
  return met ? 'goal met' : 'goal missed'
}
