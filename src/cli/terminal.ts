import { readSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** The output has no reader any more. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

/** The input and outputs of a command. */
export interface Terminal {
  /** Writes results; a secret is written alone. Throws {@link OutputClosed}. */
  out(text: string): void
  /** Writes everything else. */
  err(text: string): void
  /** Whether the output, and the error output, is a terminal. */
  isOutTty: boolean
  isErrTty: boolean
  /** Whether the input is a terminal. */
  isInTty: boolean
  /** The width of a line in columns. */
  columns: number
  /** Reads the whole input as text. */
  readAll(): Promise<string>
  /** Reads one line that a person types, and does not show it if `isHidden`. */
  ask(question: string, isHidden?: boolean): Promise<string>
}

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const COLUMNS = 80
/** The input is at most a file of keys, which is never larger than this. */
const INPUT_BYTES_MAX = 512 * 1024 * 1024

/** The terminal of the process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => writeWhole(STDOUT, text),
    err(text) {
      try {
        writeWhole(STDERR, text)
      } catch (error) {
        // Messages without a reader are dropped.
        if (!(error instanceof OutputClosed)) throw error
      }
    },
    isOutTty: isatty(STDOUT),
    isErrTty: isatty(STDERR),
    isInTty: isatty(STDIN),
    // A terminal that does not know its size reports 0.
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
      // The reader of the pipe is slow; the write is tried again after a moment.
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
  // This comes before the question: otherwise a quick answer would be shown.
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
