// Tests: src/http/kernel/csv.test.ts, test/commands

/** A cell of a table as text with commas (RFC 4180). */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A spreadsheet would run a cell that begins like a formula. An apostrophe in front makes it a text, and is not shown. */
export function harmlessCell(text: string): string {
  return /^[=+\-@\t\r\n|%]/.test(text) ? `'${text}` : text
}
