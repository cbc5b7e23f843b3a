import { connect } from 'node:net'

/** An answer as it arrived. */
export interface RawAnswer {
  status: number
  /** Names in lower case, values byte for byte. */
  headers: Map<string, string>
  body: string
}

/** Writes these exact bytes to a port of this machine, reads one answer, and closes the connection. */
export function sendRaw(port: number, request: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const finish = (answer: RawAnswer | null) => {
      socket.destroy()
      if (answer === null) reject(new Error(`the connection ended within an answer: ${received.toString()}`))
      else resolve(answer)
    }
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const answer = parseAnswer(received)
      if (answer !== null) finish(answer)
    })
    socket.on('end', () => finish(parseAnswer(received)))
    socket.on('error', reject)
  })
}

/** The request as bytes: the lines joined as HTTP requires, and the body after an empty line. */
export function httpBytes(lines: string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Null while the answer is not complete. */
function parseAnswer(bytes: Buffer): RawAnswer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = new Map(lines.map((line) => splitHeader(line)))
  const status = Number(statusLine.split(' ')[1])
  const rest = bytes.subarray(end + 4)
  const body = bodyOf(rest, { status, headers })
  return body === null ? null : { status, headers, body }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function bodyOf(rest: Buffer, { status, headers }: Omit<RawAnswer, 'body'>): string | null {
  if (status === 204) return rest.toString()
  if (headers.get('transfer-encoding') === 'chunked') return dechunk(rest)
  const length = Number(headers.get('content-length') ?? Number.NaN)
  return rest.length < length ? null : rest.subarray(0, length).toString()
}

function dechunk(rest: Buffer): string | null {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString(), 16)
    const start = lineEnd + 2
    if (rest.length < start + size + 2) return null
    if (size === 0) return Buffer.concat(parts).toString()
    parts.push(rest.subarray(start, start + size))
    at = start + size + 2
  }
}
