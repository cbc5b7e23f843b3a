import { connect, createServer, type Socket } from 'node:net'

/** A connection to a server that can go silent, as with a cut cable or a firewall that drops packets. */
export interface FaultProxy {
  /** The URL of the database behind the proxy. */
  url: string
  /** Passes nothing on any more, in either direction and without any notice. New connections are accepted and get no answer. */
  blackhole(): void
  /** Leads new connections to another server, like an address that moves with the primary. */
  leadTo(databaseUrl: string): void
  /** Passes new traffic on again; earlier connections are closed. */
  heal(): void
  close(): Promise<void>
}

/** Opens a proxy on 127.0.0.1 to the server that a URL names. */
export async function faultProxy(databaseUrl: string): Promise<FaultProxy> {
  let target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isDead = false

  function pass(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('error', () => {})
    from.on('data', (bytes) => {
      if (!isDead) to.write(bytes)
    })
    from.on('close', () => {
      sockets.delete(from)
      if (!isDead) to.destroy()
    })
  }

  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    pass(client, server)
    pass(server, client)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    blackhole() {
      isDead = true
    },
    leadTo(otherUrl) {
      target = new URL(otherUrl)
    },
    heal() {
      dropAll()
      isDead = false
    },
    async close() {
      dropAll()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
    },
  }
}
