import { createServer, type Server, type Socket } from 'node:net'

/** One request as it came over the wire. */
export interface Recorded {
  method: string
  /** Path and query. */
  target: string
  headers: Headers
  body: string
}

/** The behaviour of a raw server. */
export type Reply =
  | { status: number; headers?: Record<string, string>; body?: unknown; text?: string }
  /** Nothing is ever answered. */
  | 'hang'
  /** The head and half of the body, and then nothing. */
  | 'hang in body'
  /** The connection is reset after the request was read. */
  | 'reset'
  /** The connection is reset after half of the body. */
  | 'reset in body'
  /** Half of the body, then the connection ends though more was promised. */
  | 'cut'

/** A server that speaks HTTP by hand, so that it can break it. */
export interface RawServer {
  url: string
  /** The received requests, in order. */
  requests: Recorded[]
  /** Resolves when so many requests have come. */
  received(count: number): Promise<void>
  close(): Promise<void>
}

/** Starts one. Request number n (from 0) is answered with `replies(n, request)`. */
export async function rawServer(replies: (index: number, request: Recorded) => Reply): Promise<RawServer> {
  const requests: Recorded[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let received = ''
    socket.on('data', (part) => {
      received += part.toString('latin1')
      const request = requestOf(received)
      if (!request) return
      received = ''
      requests.push(request)
      answer(socket, replies(requests.length - 1, request))
      for (const check of waiting) check()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const received = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (requests.length >= count) resolve()
      }
      waiting.add(check)
      check()
    })
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests,
    received,
    close: () => close(server, sockets),
  }
}

/** A base URL at which nothing listens. */
export async function closedUrl(): Promise<string> {
  const server = await rawServer(() => 'hang')
  await server.close()
  return server.url
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

async function close(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of sockets) socket.destroy()
  await closed
}

function requestOf(received: string): Recorded | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.slice(0, end).split('\r\n')
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const body = received.slice(end + 4)
  if (body.length < Number(headers.get('content-length') ?? 0)) return undefined
  const [method = '', target = ''] = first.split(' ')
  return { method, target, headers, body: Buffer.from(body, 'latin1').toString('utf8') }
}

function answer(socket: Socket, reply: Reply): void {
  if (reply === 'hang') return
  if (reply === 'reset') {
    socket.resetAndDestroy()
    return
  }
  const half = '{"data":'
  const head = (status: number, bytes: number, headers: Record<string, string>) => {
    const lines = Object.entries({ ...headers, 'content-length': String(bytes) })
    return `HTTP/1.1 ${status} Status\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  }
  if (typeof reply === 'string') {
    socket.write(head(200, 1_000, { 'content-type': 'application/json' }) + half, () => {
      if (reply === 'reset in body') socket.resetAndDestroy()
      if (reply === 'cut') socket.end()
    })
    return
  }
  const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body))
  const type: Record<string, string> = text ? { 'content-type': 'application/json' } : {}
  socket.write(head(reply.status, Buffer.byteLength(text), { ...type, ...reply.headers }) + text)
}
