import { connect, createServer, type Socket } from 'node:net'
import { type TestApp, testApp } from './app.ts'

/** What happens to the next commit of a change. */
export type Cut =
  /** It reaches the server; the client is disconnected before the answer. */
  | 'answer_lost'
  /** The client is disconnected at once, and the server gets the commit when {@link CuttingProxy.deliver} is called. */
  | 'commit_late'

/** A connection to a PostgreSQL server that breaks at the worst moment. */
export interface CuttingProxy {
  /** The URL of the database behind the proxy. */
  url: string
  /** Cuts the connection on which the next change is committed; resolves when the client has been disconnected. */
  cutNextCommit(how: Cut): Promise<void>
  /** Passes the held commit on, and waits until the server has answered it. */
  deliver(): Promise<void>
  close(): Promise<void>
}

const BEGIN = 'begin isolation level'
const TO_WRITE = 'read write'
const COMMIT = 'commit\0'
/** A change sends more than this in between; the write that counts uses of keys sends less. */
const MESSAGES_OF_NOTES = 3

/** Opens a proxy on 127.0.0.1 to the server that a URL names. */
async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let armed: { how: Cut; cut: () => void } | null = null
  let late: { server: Socket; bytes: Buffer } | null = null

  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    let isCut = false
    let messages = 0
    let writes = false
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    server.on('data', (bytes) => {
      if (!isCut) client.write(bytes)
    })
    server.on('close', () => client.destroy())
    client.on('close', () => {
      if (!isCut) server.destroy()
    })
    client.on('data', (bytes: Buffer) => {
      messages += 1
      if (bytes.includes(BEGIN)) {
        messages = 0
        writes = bytes.includes(TO_WRITE)
      }
      const order = bytes.includes(COMMIT) && writes && messages > MESSAGES_OF_NOTES ? armed : null
      if (order === null) {
        server.write(bytes)
        return
      }
      armed = null
      isCut = true
      if (order.how === 'commit_late') late = { server, bytes }
      else server.write(bytes)
      const cut = () => {
        client.destroy()
        order.cut()
      }
      if (order.how === 'commit_late') cut()
      // The answer means that the commit is on disk.
      else server.once('data', cut)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    cutNextCommit(how) {
      return new Promise((resolve) => {
        armed = { how, cut: resolve }
      })
    },
    async deliver() {
      const held = late
      if (held === null) throw new Error('No commit is held back.')
      late = null
      await new Promise<void>((resolve) => {
        held.server.once('data', () => resolve())
        held.server.write(held.bytes)
      })
      held.server.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
    },
  }
}

/** An application on a database of its own, behind a proxy that can cut; `end` is called with what has to be closed, in this order. */
export async function proxiedApp(
  database: { url: string; drop(): Promise<void> },
  end: (...closers: (() => Promise<unknown>)[]) => unknown,
): Promise<{ app: TestApp; proxy: CuttingProxy }> {
  const proxy = await cuttingProxy(database.url)
  const app = await testApp({ databaseUrl: proxy.url })
  end(
    () => database.drop(),
    () => proxy.close(),
    () => app.close(),
  )
  return { app, proxy }
}
