import { afterEach, expect, test } from 'bun:test'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Secret } from './core/ground/secret.ts'
import { openRedis } from './redis.ts'

// A Redis that accepts connections and does not answer: frozen, overloaded, or behind a network that loses everything.

const HELLO = '%1\r\n+server\r\n+redis\r\n'
const PATIENCE_MS = 20_000

let server: Server
let redis: ReturnType<typeof openRedis>
const sockets: Socket[] = []
afterEach(() => {
  redis.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

/** Opens a Redis at a server that answers nothing on its first connection after so many answers, and everything on the others. */
async function openSilent(answers: number): Promise<void> {
  server = createServer((socket) => {
    sockets.push(socket)
    const isSilent = sockets.length === 1
    let heard = 0
    socket.on('error', () => undefined)
    socket.on('data', () => {
      heard += 1
      if (!isSilent || heard <= answers) socket.write(heard === 1 ? HELLO : ':1\r\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  redis = openRedis(new Secret(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`))
}

const asked = (): Promise<unknown> => redis.run('return 1', [], []).catch((error: Error) => error.message)

async function until(answer: unknown): Promise<void> {
  const end = performance.now() + PATIENCE_MS / 2
  for (let last: unknown; last !== answer; last = await asked()) {
    if (performance.now() > end) throw new Error(`Redis is asked in vain: ${last}`)
    await Bun.sleep(50)
  }
}

test(
  'a Redis that did not answer when the server connected is asked again later',
  async () => {
    await openSilent(0)
    await until(1)
    expect(sockets).toHaveLength(2)
  },
  PATIENCE_MS,
)

test(
  'a connection on which an answer is late is given up with the calls that wait on it',
  async () => {
    await openSilent(2)
    await until(1)
    const [silent] = sockets
    const gone = new Promise((resolve) => silent?.once('close', resolve))
    expect(await asked()).toBe('Redis does not answer.')
    await gone
    await until(1)
    expect(sockets).toHaveLength(2)
  },
  PATIENCE_MS,
)
