import { write } from 'node:fs'

/** The destination of log lines. Writing never waits and never fails. */
export interface LineWriter {
  /** Takes one line, with its line break. */
  write(line: string): void
  /** Resolves when every line so far is written or lost, at the latest after `ms`. */
  drained(ms: number): Promise<void>
}

/** Writes some bytes and returns how many it took; fails as the operating system does. */
export type WriteBytes = (bytes: Uint8Array) => Promise<number>

/** Lines beyond this are lost while the reader of the log takes none. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024
const PIECE_BYTES_MAX = 256 * 1024
const RETRY_MS = 100
const LINE_END = 10

/**
 * Writes lines in batches, one after the other, beside the work of the server. A reader that is slow, gone (EPIPE) or has a full disk
 * (ENOSPC) costs lines and nothing else: an answer never waits for a log line. Lost lines are counted, and a line reports their number
 * as soon as lines can be written again.
 */
export function createLineWriter(writeBytes: WriteBytes): LineWriter {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let lostLines = 0
  /** False after a part of a line: its rest is lost, and the next line begins on a line of its own. */
  let endsLine = true
  let running: Promise<void> | null = null

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      try {
        from += await writeBytes(bytes.subarray(from))
        if (from > 0) endsLine = bytes[from - 1] === LINE_END
      } catch (error) {
        if (!isBusy(error)) throw error
        // The pipe is full and does not block; its reader may read again.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
  }

  function nextPiece(): { bytes: Buffer; lines: number } {
    let bytes = 0
    let lines = 0
    while (
      lines < waiting.length &&
      (lines === 0 || bytes + (waiting[lines]?.length ?? 0) <= PIECE_BYTES_MAX)
    ) {
      bytes += waiting[lines]?.length ?? 0
      lines += 1
    }
    const piece = Buffer.concat(waiting.slice(0, lines))
    waiting = waiting.slice(lines)
    waitingBytes -= piece.length
    return { bytes: piece, lines }
  }

  async function work(): Promise<void> {
    // The write waits for one turn, so that lines of the same turn share it.
    await Promise.resolve()
    while (waiting.length > 0) {
      const { bytes, lines } = nextPiece()
      const lost = lostLines
      try {
        if (lost > 0) await writeAll(Buffer.from(`${endsLine ? '' : '\n'}${lossLine(lost)}`))
        lostLines -= lost
        await writeAll(bytes)
      } catch {
        lostLines += lines
      }
    }
    running = null
  }

  return {
    write(line) {
      const bytes = Buffer.from(line)
      if (waitingBytes + bytes.length > WAITING_BYTES_MAX) {
        lostLines += 1
        return
      }
      waiting.push(bytes)
      waitingBytes += bytes.length
      running ??= work()
    },
    async drained(ms) {
      if (running === null) return
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, ms)
      await Promise.race([running, late.promise])
      clearTimeout(timer)
    },
  }
}

/** The lines of a process: its standard output. */
export function standardOutput(): LineWriter {
  return createLineWriter((bytes) => {
    const written = Promise.withResolvers<number>()
    write(1, bytes, (error, count) => (error === null ? written.resolve(count) : written.reject(error)))
    return written.promise
  })
}

function lossLine(lines: number): string {
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines were lost' })}\n`
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
