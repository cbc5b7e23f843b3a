import { harmlessCell, quotedCell } from '../core/ground/table-cells.ts'
import type { Terminal } from './terminal.ts'

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const

/** A colour of the terminal. */
export type Colour = keyof typeof COLOURS

/** Colours text for a terminal; returns it unchanged for any other output. */
export type Paint = (colour: Colour, text: string) => string

/** The colours of the output: none if it is not a terminal, or if the user wants none (https://no-color.org). */
export function paintFor(
  { isOutTty }: Pick<Terminal, 'isOutTty'>,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const { NO_COLOR = '', TERM } = env
  const isPlain = !isOutTty || NO_COLOR !== '' || TERM === 'dumb'
  return (colour, text) => (isPlain ? text : `\u001b[${COLOURS[colour]}m${text}\u001b[0m`)
}

// Control characters, and characters that change the direction of writing, could make a terminal do or show something unintended.
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A text from outside as one line that a terminal only shows, without obeying control characters in it. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (sign) => {
    if (sign === '\n') return '\\n'
    if (sign === '\t') return '\\t'
    return `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** A value as JSON in which every character that a terminal could obey is escaped. */
export function jsonText(value: unknown, indent?: number): string {
  // The control characters that are left are the line breaks of the indentation.
  return JSON.stringify(value, null, indent).replace(UNSAFE, (sign) =>
    sign === '\n' ? sign : printable(sign),
  )
}

/** A cell of CSV. A negative number stays one. */
export function csvCell(text: string): string {
  return quotedCell(NUMBER.test(text) ? text : harmlessCell(text))
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/

/** Adds blanks up to a width in columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** The text cut to at most this many columns; an ellipsis shows the cut. */
export function shortened(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let short = ''
  for (const sign of text) {
    if (widthOf(short + sign) >= columns) break
    short += sign
  }
  return `${short}…`
}

/** The width of a text in columns: East Asian characters and emoji take two. */
export function widthOf(text: string): number {
  let width = 0
  for (const sign of text) width += WIDE.test(sign) ? 2 : COMBINING.test(sign) ? 0 : 1
  return width
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const COMBINING = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u
