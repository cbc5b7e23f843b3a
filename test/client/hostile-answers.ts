import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** The behaviour of a server, or of another program in its place, and the permitted results of a call, in the words of the table. */
export interface HostileAnswer {
  name: string
  /** Writes to the connection, which is closed afterwards unless the answer never ends. */
  answer(socket: Socket): void
  /** The accepted kinds of failure. */
  wanted: readonly string[]
  /** Whether its cost is measured, one at a time. */
  large?: boolean
}

/** A server that gives these answers: the first segment of the path is the number of the answer. */
export interface HostileServer {
  url: string
  close(): Promise<void>
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n'
const DRIP_MS = 20
const MIB = 1024 * 1024

/** A response that fits every call; no call may accept it when one part of it is wrong. */
const WHOLE =
  '{"valid":true,"code":"VALID","keyId":"k","ownerId":"o","workspaceId":"w","name":"n","labels":{},"permissions":[],"budget":[],' +
  '"rateLimits":[],"revision":1,"expiresAt":null,"keys":[],"data":[]}'

/** All hostile answers. Those that wait take as long as the timeout of the calls. */
export function hostileAnswers(): HostileAnswer[] {
  const bomb = Buffer.concat(Array.from({ length: 400 }, () => packed(' '.repeat(MIB))))
  const oneBomb = packed(Buffer.alloc(400 * MIB, ' '))
  return [
    large('400 MiB', endless(`${OK}\r\n`, ' '.repeat(65_536)), 'Validation'),
    large('400 MiB in chunks', endless(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${' '.repeat(65_536)}\r\n`), 'Validation'),
    large('400 MiB as announced', endless(`${OK}Content-Length: 419430400\r\n\r\n`, ' '.repeat(65_536)), 'Validation'),
    large('400 MiB of a failure', endless(`${OK.replace('200 OK', '403 No')}\r\n`, ' '.repeat(65_536)), 'Api', 'Default'),
    large('a compressed bomb', reply(200, 'Content-Encoding: gzip\r\n', oneBomb), 'Validation', 'Connection'),
    large('a compressed bomb of many members', reply(200, 'Content-Encoding: gzip\r\n', bomb), 'Validation', 'Connection'),
    large('a bomb in a bomb', reply(200, 'Content-Encoding: gzip, gzip\r\n', packed(oneBomb)), 'Validation', 'Connection'),
    large('millions of empty keys', reply(200, '', many('{"keys":[{}', ',{}', 5_000_000, '],"data":[{}]}')), 'Validation'),
    large('hundreds of thousands of empty keys', reply(200, '', many('{"keys":[{}', ',{}', 480_000, '],"data":[{}]}')), 'Validation'),
    large('hundreds of thousands of empty data', reply(200, '', many('{"data":[{}', ',{}', 480_000, ']}')), 'Validation'),
    large('millions of labels', reply(200, '', many('{"labels":{"":""', ',"":""', 2_000_000, '}}')), 'Validation'),
    large('a tower of lists', reply(200, '', many('{"keys":', '[', 5_000_000, '')), 'Validation'),
    large('a tower of lists that ends', reply(200, '', `{"keys":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`), 'Validation'),
    quick('400 MiB that are announced and never come', drip(`${OK}Content-Length: 419430400\r\n\r\n`, ''), 'Validation'),
    quick('17 MiB of a failure that never come', drip('HTTP/1.1 403 No\r\nContent-Length: 17825792\r\n\r\n', ''), 'Api', 'Default'),
    quick('a length beyond all numbers', reply(200, 'Content-Length: 99999999999999999999\r\n', WHOLE), 'Connection', 'Validation'),
    quick('a negative length', reply(200, 'Content-Length: -5\r\n', WHOLE), 'Connection', 'Validation'),
    quick('two lengths', reply(200, 'Content-Length: 2\r\nContent-Length: 5\r\n', WHOLE), 'Connection', 'Validation'),
    quick('a length longer than the answer', reply(200, 'Content-Length: 10000\r\n', WHOLE), 'Connection'),
    quick('a length shorter than the answer', reply(200, 'Content-Length: 10\r\n', WHOLE), 'Validation', 'Connection'),
    // Node 20 never tells.
    quick('what only claims to be compressed', reply(200, 'Content-Encoding: gzip\r\n', WHOLE), 'Connection', 'Validation', 'Timeout'),
    quick('half of what is compressed', reply(200, 'Content-Encoding: gzip\r\n', packed(WHOLE.repeat(100)).subarray(0, 40)), 'Connection', 'Validation'),
    quick('no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'Connection'),
    quick('no answer', (socket) => socket.end(), 'Connection'),
    quick('a redirect', reply(307, 'Location: http://127.0.0.1:1/\r\n', WHOLE), 'Api', 'Default'),
    quick('a redirect to nowhere', reply(302, '', WHOLE), 'Api', 'Default'),
    quick('headers without end', endless('HTTP/1.1 200 OK\r\n', `X-A: ${'a'.repeat(1_000)}\r\n`.repeat(50)), 'Connection', 'Timeout'),
    quick('another protocol', drip('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 'x'), 'Connection', 'Api', 'Default', 'Timeout', 'Validation'),
    quick('a byte now and then', drip(`${OK}\r\n`, ' '), 'Timeout'),
    quick('a byte of a piece now and then', drip(`${OK}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'), 'Timeout'),
    quick('a byte of a failure now and then', drip('HTTP/1.1 503 No\r\nConnection: close\r\n\r\n', ' '), 'Timeout'),
    quick('a byte of the headers now and then', drip('HTTP/1.1 200 OK\r\nX-A: ', 'a'), 'Timeout'),
    quick('a byte of the first line now and then', drip('HTTP/1.1 200 ', 'O'), 'Timeout', 'Connection'),
    quick('nothing of what is compressed now and then', drip(`${OK}Content-Encoding: gzip\r\n\r\n`, packed('')), 'Timeout', 'Connection', 'Validation'),
    quick('a preliminary answer and then nothing', drip('HTTP/1.1 100 Continue\r\n\r\n', ''), 'Timeout', 'Connection'),
    quick('preliminary answers now and then', drip('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'), 'Timeout', 'Connection'),
    quick('nothing at all', drip('', ''), 'Timeout'),
  ] // biome-ignore format: one line each
}

function large(name: string, answer: HostileAnswer['answer'], ...wanted: string[]): HostileAnswer {
  return { name, answer, wanted, large: true }
}

function quick(name: string, answer: HostileAnswer['answer'], ...wanted: string[]): HostileAnswer {
  return { name, answer, wanted }
}

function packed(text: string | Buffer): Buffer {
  return gzipSync(text, { level: 1 })
}

function many(start: string, piece: string, count: number, end: string): string {
  return `${start}${piece.repeat(count)}${end}`
}

function reply(status: number, headers: string, body: string | Buffer): HostileAnswer['answer'] {
  const head = `HTTP/1.1 ${status} Status\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n`
  return (socket) => {
    socket.write(head)
    socket.end(body)
  }
}

function drip(start: string, drop: string | Buffer): HostileAnswer['answer'] {
  return (socket) => {
    socket.write(start)
    const timer = setInterval(() => socket.write(drop), DRIP_MS)
    socket.on('close', () => clearInterval(timer))
  }
}

/** Writes as fast as the other end reads, for as long as it reads. */
function endless(start: string, piece: string): HostileAnswer['answer'] {
  return (socket) => {
    const part = Buffer.from(piece, 'latin1')
    let left = 400 * MIB
    const more = () => {
      while (left > 0 && !socket.destroyed) {
        left -= part.length
        if (!socket.write(part)) return void socket.once('drain', more)
      }
      socket.end()
    }
    socket.write(start)
    more()
  }
}

/** Starts one. */
export async function hostileServer(answers: readonly HostileAnswer[]): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', (request) => {
      const index = Number(/^\w+ \/(\d+)\//.exec(request.toString('latin1'))?.[1])
      answers[index]?.answer(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
