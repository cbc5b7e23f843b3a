// The yardsticks: Bun's own server with handlers that do nothing, and with handlers that do only the work which ours cannot avoid: they
// read the credential, take in the body, and answer as many headers and bytes. Prints its port.

const common = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }
const id = '01890000-0000-7000-8000-00000000000'
const identity = new Headers({
  ...common,
  'x-auth-key-id': `${id}1`,
  'x-auth-owner-id': `${id}2`,
  'x-auth-external-user-id': '',
  'x-auth-workspace-id': `${id}3`,
  'x-auth-name': 'bench',
  'x-auth-permissions': 'documents.*',
  'x-auth-labels': '',
})
const json = new Headers({ ...common, 'content-type': 'application/json' })
// As long as a verdict with two budgets and a rate limit.
const verdict = JSON.stringify({ valid: true, code: 'VALID', text: 'x'.repeat(800) })
let answered = 0

function answer(headers: Headers, body: string | null): Response {
  answered += 1
  headers.set('x-request-id', id + (answered % 10))
  return new Response(body, { headers })
}

function requireCredential({ headers }: Request): void {
  if (headers.get('authorization') === null) throw new Error('The callers send a credential.')
}

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
    '/headers': (request) => {
      requireCredential(request as unknown as Request)
      return answer(identity, null)
    },
    '/post-headers': {
      POST: async (request) => {
        requireCredential(request as unknown as Request)
        await request.json()
        return answer(json, verdict)
      },
    },
  },
  fetch: () => new Response('ok'),
})
process.stdout.write(`${server.port}\n`)
