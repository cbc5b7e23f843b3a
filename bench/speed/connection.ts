import type { Socket } from 'bun'

/** The answer to one request. */
export interface Answered {
  /** True for a status of 200. */
  passed: boolean
}

/** One connection for one request at a time, sent as prepared bytes. It reads no more of an answer than it must. */
export interface Connection {
  /** Sends a request; `done` is called once with its answer. No other request may be under way. */
  send(request: Uint8Array, done: (answered: Answered) => void): void
  /** False when the server has closed it, as servers do with idle connections. */
  isOpen(): boolean
}

const OK = 0x32
const PASSED: Answered = { passed: true }
const REFUSED: Answered = { passed: false }

/** Opens a connection to a server on this machine. */
export async function connect(port: number): Promise<Connection> {
  let done: ((answered: Answered) => void) | null = null
  let passed = true
  /** The missing bytes of the answer; null while its length is unknown. */
  let missing: number | null = null
  let begun: Buffer = Buffer.alloc(0)

  /** The last answer that came in one piece, up to the end of the line with its length. */
  let last: { bytes: number; lineAt: number; head: Buffer } | null = null

  /** An answer that is as long as the last one, and tells its length at the same place, is as whole as that one was. */
  function isLikeLast(data: Buffer): boolean {
    if (last === null || data.length !== last.bytes || data[9] !== OK) return false
    const { lineAt, head } = last
    return data.compare(head, lineAt, head.length, lineAt, head.length) === 0
  }

  function note(data: Buffer, head: string): void {
    const line = LENGTH.exec(head)
    if (line === null || data.length !== begun.length) return
    const end = line.index + line[0].length
    last = { bytes: data.length, lineAt: line.index, head: Buffer.from(data.subarray(0, end + 2)) }
  }

  function finish(): void {
    missing = null
    const finished = done
    done = null
    finished?.(passed ? PASSED : REFUSED)
  }

  function take(data: Buffer): void {
    if (missing === null && begun.length === 0 && isLikeLast(data)) {
      passed = true
      finish()
      return
    }
    if (missing === null) {
      begun = begun.length === 0 ? data : Buffer.concat([begun, data])
      const end = begun.indexOf('\r\n\r\n')
      if (end < 0) return
      passed = begun[9] === OK
      const head = begun.toString('latin1', 0, end)
      missing = end + 4 + lengthIn(head) - begun.length
      if (missing === 0) note(data, head)
      begun = Buffer.alloc(0)
    } else missing -= data.length
    if (missing <= 0) finish()
  }

  let open = true

  function fail(): void {
    open = false
    const finished = done
    done = null
    finished?.(REFUSED)
  }

  const socket: Socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: { data: (_, data) => take(data as Buffer), close: fail, error: fail },
  })
  return {
    send(request, whenDone) {
      done = whenDone
      socket.write(request)
    },
    isOpen: () => open,
  }
}

const LENGTH = /\r\ncontent-length: *(\d+)/i

function lengthIn(head: string): number {
  return Number(LENGTH.exec(head)?.[1] ?? 0)
}
