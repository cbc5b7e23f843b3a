import { readSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Nobody reads the output any more. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

/** Where a command reads and writes. */
export interface Terminal {
  /** Results, and secrets alone. Throws {@link OutputClosed}. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  /** Whether a person looks at the output, and at the messages. */
  isOutTty: boolean
  isErrTty: boolean
  /** Whether the input is typed by a person. */
  isInTty: boolean
  /** Signs in a line. */
  columns: number
  /** All that comes in, as text. */
  readAll(): Promise<string>
  /** One line that a person types; without showing it where `isHidden`. */
  ask(question: string, isHidden?: boolean): Promise<string>
}

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const COLUMNS = 80
/** Input is a file of keys at most; what is larger is no such file. */
const INPUT_BYTES_MAX = 512 * 1024 * 1024

/** The terminal of the process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => writeWhole(STDOUT, text),
    err(text) {
      try {
        writeWhole(STDERR, text)
      } catch (error) {
        // What nobody reads need not be said.
        if (!(error instanceof OutputClosed)) throw error
      }
    },
    isOutTty: isatty(STDOUT),
    isErrTty: isatty(STDERR),
    isInTty: isatty(STDIN),
    // A terminal that does not know its size says 0.
    columns: process.stdout.columns || COLUMNS,
    readAll,
    ask,
  }
}

function writeWhole(stream: number, text: string): void {
  let rest = new TextEncoder().encode(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(stream, rest))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (code !== 'EAGAIN') throw new OutputClosed('The output is closed.', { cause: error })
      // A pipe whose reader is slow; it is asked again a moment later.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

async function readAll(): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of process.stdin) {
    const data = typeof piece === 'string' ? new TextEncoder().encode(piece) : (piece as Uint8Array)
    bytes += data.length
    if (bytes > INPUT_BYTES_MAX) throw new RangeError('The input is larger than 512 MiB.')
    pieces.push(data)
  }
  return Buffer.concat(pieces).toString('utf8')
}

async function ask(question: string, isHidden = false): Promise<string> {
  const { stdin } = process
  // Before the question: whoever answers at once would see what was typed.
  if (isHidden && stdin.isTTY) stdin.setRawMode(true)
  writeWhole(STDERR, question)
  try {
    return readLine(isHidden)
  } finally {
    if (isHidden && stdin.isTTY) stdin.setRawMode(false)
    if (isHidden) writeWhole(STDERR, '\n')
  }
}

const END = new Set(['\n', '\r', '\u0004'])

function readLine(isRaw: boolean): string {
  const typed: number[] = []
  const piece = new Uint8Array(1)
  while (readSync(STDIN, piece) === 1) {
    const [byte = 0] = piece
    const sign = String.fromCharCode(byte)
    if (END.has(sign)) break
    if (isRaw && sign === '\u0003') throw new OutputClosed('Interrupted.')
    if (isRaw && (sign === '\u007f' || sign === '\b')) typed.pop()
    else typed.push(byte)
  }
  return Buffer.from(typed).toString('utf8').trim()
}
