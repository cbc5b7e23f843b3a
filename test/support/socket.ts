import { connect } from 'node:net'

/** The behaviour of a test on its own connection. */
export interface Manners {
  /** The time between two pieces. */
  everyMs?: number
  /** The act after the last piece: waiting for the server to close, closing its own half, or breaking off. */
  finish?: 'wait' | 'end' | 'reset'
  /** When it gives up waiting and breaks off. */
  patienceMs?: number
}

/** Sends these exact bytes to a port of this machine, piece by piece; returns the bytes that came back until the connection ended. */
export function exchange(
  port: number,
  pieces: readonly string[],
  { everyMs = 0, finish = 'wait', patienceMs = 20_000 }: Manners = {},
): Promise<{ answer: string; closedAfterMs: number }> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const rest = [...pieces]
    const send = () => {
      const piece = rest.shift()
      if (piece !== undefined && socket.writable) socket.write(piece, 'latin1')
      else if (finish === 'end') socket.end()
      else if (finish === 'reset') socket.resetAndDestroy()
      if (piece !== undefined) timer = setTimeout(send, everyMs)
    }
    let timer = setTimeout(send, 0)
    const patience = setTimeout(() => socket.destroy(), patienceMs)
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      clearTimeout(patience)
      resolve({ answer, closedAfterMs: performance.now() - startedAt })
    })
  })
}

/** The status of an answer as it arrived; 0 for none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)
}
