import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can go dead in silence, as a cut cable or a dropping firewall does. */
export interface FaultProxy {
  /** The URL of the database by this way. */
  url: string
  /** Passes nothing on any more, in either direction, and says so to nobody. New connections are taken and get no answer. */
  blackhole(): void
  /** Leads connections that are made from now on to another server, as an address does that moves with the primary. */
  leadTo(databaseUrl: string): void
  /** Passes on again what comes from now on; connections of before are closed. */
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
