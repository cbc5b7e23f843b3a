// The yardstick: Bun's own server with handlers that do nothing. Prints its port.

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/post': {
      POST: async (request) => {
        await request.json()
        return new Response('ok')
      },
    },
  },
  fetch: () => new Response('ok'),
})
process.stdout.write(`${server.port}\n`)
