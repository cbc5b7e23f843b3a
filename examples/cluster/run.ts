// Three Latchkey nodes on one PostgreSQL behind a balancer, on one machine, from what `npm ci` has brought: npm run cluster
// Their data are gone when it ends. `-- --once` ends after it has shown that a revoked key is dead on all nodes.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { postgresForTests } from '../../test/support/postgres.ts'

const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: '3' },
    port: { type: 'string', default: '8080' },
    once: { type: 'boolean', default: false },
  },
})
const count = Number(options.nodes)
const rootKey = randomBytes(24).toString('base64url')
const postgres = await postgresForTests({ durable: true })
if ('absent' in postgres) throw new Error(`There is no PostgreSQL here: ${postgres.absent}.`)
const { url: databaseUrl } = await postgres.freshDatabase()

/** One node, and its process. */
interface Node {
  url: string
  child: ChildProcess
}

const nodes = await Promise.all(Array.from({ length: count }, startNode))
const balancer = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(options.port),
  idleTimeout: 255,
  fetch: balance,
})
console.log(`balancer   ${balancer.url.origin}`)
for (const [index, { url }] of nodes.entries()) console.log(`node ${index + 1}     ${url}`)
console.log(`root key   ${rootKey}\n`)
await show()
if (options.once) await end()
else {
  console.log('\nCtrl-C ends all of it.')
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

/** Starts `latchkey serve` on a free port; resolves once it serves. */
function startNode(): Promise<Node> {
  const main = join(import.meta.dir, '../../src/main.ts')
  const child = spawn(process.execPath, [main, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      LATCHKEY_PORT: '0',
      LATCHKEY_DATABASE_URL: databaseUrl,
      LATCHKEY_ROOT_KEY: rootKey,
      LATCHKEY_LOG_LEVEL: 'warn',
    },
  })
  process.on('exit', () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const url = /^ {2}serving +(http:\S+)$/m.exec(output)?.[1]
      if (url !== undefined) resolve({ url, child })
    })
    child.once('exit', (code) => reject(new Error(`A node ended with ${code}.`)))
  })
}

let turn = 0

/** Passes a request on to one node after the other; one that cannot be reached is left out. */
async function balance(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const body = request.body === null ? null : await request.arrayBuffer()
  for (let tries = 0; tries < nodes.length; tries += 1) {
    const node = nodes[turn++ % nodes.length]
    try {
      const { method, headers } = request
      return await fetch(`${node?.url}${pathname}${search}`, { method, headers, body, redirect: 'manual' })
    } catch (error) {
      // Only a connection that did not come about is sure to have done nothing.
      if (!(error instanceof Error && 'code' in error && error.code === 'ConnectionRefused')) throw error
    }
  }
  return new Response('No node can be reached.\n', { status: 503 })
}

/** Makes a key on one node, revokes it on another, and asks all of them. */
async function show(): Promise<void> {
  const { key, secret } = await call(0, 'POST', '/v2/keys', { name: 'example' })
  console.log(`made on node 1:       accepted by ${await accepting(secret)} of ${count} nodes`)
  const sentAt = performance.now()
  const { effective } = await call(1, 'DELETE', `/v2/keys/${key.id}`)
  const tookMs = performance.now() - sentAt
  console.log(
    `revoked on node ${(1 % count) + 1}:    in ${tookMs.toFixed(0)} ms, ${JSON.stringify(effective)}`,
  )
  console.log(`and then:             accepted by ${await accepting(secret)} of ${count} nodes`)
}

async function accepting(secret: string): Promise<number> {
  const verdicts = await Promise.all(
    nodes.map((_, index) => call(index, 'POST', '/v2/verify', { key: secret })),
  )
  return verdicts.filter(({ valid }) => valid).length
}

// biome-ignore lint/suspicious/noExplicitAny: the answer of whichever operation is called.
async function call(index: number, method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${nodes[index % count]?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

async function end(): Promise<void> {
  await balancer.stop(true)
  const ended = nodes.map(
    ({ child }) =>
      new Promise((resolve) => {
        child.removeAllListeners('exit').once('exit', resolve)
        child.kill('SIGTERM')
      }),
  )
  await Promise.all(ended)
  if ('stop' in postgres) await postgres.stop()
  process.exit(0)
}
