// A server without the product: Bun's own, which answers every request at once. The honest tenant beside a load that goes to this server
// waits for the machine and for nothing else.

/** Where it listens. */
export interface BareServer {
  url: string
  port: number
}

let receives = true

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    if (!receives) return new Response('no', { status: 401, headers: { connection: 'close' } })
    await request.arrayBuffer()
    return new Response('yes')
  },
})

/** Whether bodies are received, as those of callers with a usable key are, or refused. */
export interface BareOrder {
  receives: boolean
}

process.on('message', (order: BareOrder) => {
  receives = order.receives
  process.send?.({ url: server.url.origin, port: server.port ?? 0 } satisfies BareServer)
})
process.on('disconnect', () => process.exit(0))
