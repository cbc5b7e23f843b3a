import { CommandError } from '../command.ts'

/** A record of an export, by the names of its columns. */
export type Row = Record<string, unknown>

/** The records of an export: a JSON array, an object with `keys`, one JSON object per line, or CSV with a line of names. */
export function recordsIn(text: string): { rows: Row[]; isCsv: boolean } {
  // Bytes that are no UTF-8 were read as this sign, and would change names and the ids of end users without a word.
  if (text.includes('\ufffd')) throw new CommandError('The file is no UTF-8. Convert it first.')
  const start = text.replace(/^\ufeff/, '').trimStart()
  if (start === '') throw new CommandError('The file is empty.')
  if (start.startsWith('[') || start.startsWith('{')) return { rows: jsonRows(start), isCsv: false }
  return { rows: csvRows(start), isCsv: true }
}

function jsonRows(text: string): Row[] {
  const whole = parsed(text)
  const found =
    whole === undefined
      ? text
          .split(/\r?\n/)
          .filter((line) => line.trim() !== '')
          .map(lineOf)
      : whole
  const list = isRow(found) ? (Array.isArray(found.keys) ? found.keys : [found]) : found
  if (!Array.isArray(list)) throw new CommandError('The file holds no list of keys.')
  const wrong = list.findIndex((each) => !isRow(each))
  if (wrong !== -1) throw new CommandError(`Row ${wrong + 1} is no object.`)
  const rows = list as Row[]
  const unnamed = rows.findIndex((row) => !Object.keys(row).every(isName))
  if (unnamed !== -1) throw new CommandError(`Row ${unnamed + 1} has a member whose name may be a secret.`)
  return rows
}

function lineOf(line: string, index: number): unknown {
  const value = parsed(line)
  // The text may be a secret, so it is not quoted.
  if (value === undefined)
    throw new CommandError(`The file is no JSON, and its line ${index + 1} is none either.`)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a value is an object with members. */
export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function csvRows(text: string): Row[] {
  const [first = [], ...lines] = csvLines(text)
  const names = first.map((name) => name.trim())
  const unnamed = names.findIndex((name) => !isName(name))
  if (unnamed !== -1)
    throw new CommandError(`The first line must name the columns, and its cell ${unnamed + 1} is no name.`)
  const twice = repeatedIn(names)
  if (twice !== undefined) throw new CommandError(`The column ${JSON.stringify(twice)} is there twice.`)
  return lines.map((cells, index) => {
    if (cells.length !== names.length)
      throw new CommandError(
        `Row ${index + 1} has ${cells.length} cells, and ${names.length} columns have names.`,
      )
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? '']))
  })
}

function repeatedIn(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

// Names are quoted in messages and sent to the server. In a file without a line of names, secrets would be taken for them; these have 20
// characters at least, and practically always a digit or a sign among them.
const NAME = /^(?:.{0,19}|[\p{L}_ ]{20,64})$/su

function isName(text: string): boolean {
  return NAME.test(text)
}

/** The cells of CSV (RFC 4180), line by line; empty lines are skipped. */
function csvLines(text: string): string[][] {
  const lines: string[][] = []
  let cells: string[] = []
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|\r|$)/y
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const match = cell.exec(text)
    if (match === null)
      throw new CommandError(`Row ${Math.max(1, lines.length)} of the CSV has a quote in the wrong place.`)
    const [, written = '', end = ''] = match
    cells.push(written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written)
    if (end === ',') {
      if (cell.lastIndex === text.length) cells.push('')
      else continue
    }
    if (cells.length > 1 || cells[0] !== '') lines.push(cells)
    cells = []
    if (cell.lastIndex === at) break
  }
  return lines
}
