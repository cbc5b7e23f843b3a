// Tests: src/http/kernel/csv.test.ts, test/commands

/** A cell of a table as text with commas (RFC 4180). */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * A spreadsheet would run a cell that begins like a formula, also with the wide signs of East Asian keyboards. Where the decimal sign is a comma, it
 * ends cells at semicolons, and would run a part behind one. An apostrophe in front makes it a text, and is not shown.
 */
export function harmlessCell(text: string): string {
  return text.replaceAll(FORMULA, "'")
}

const FORMULA = /(?:^|(?<=;))(?="*[=+\-@|%＝＋－＠]|[\t\r\n])/g
