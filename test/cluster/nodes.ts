import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServer } from '../support/server.ts'

/** Server processes on one database, for tests that end them. */
export const ROOT_KEY = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'

const MAIN = fileURLToPath(new URL('../support/node-main.ts', import.meta.url))

/** One node, and functions to call it. */
export interface TestNode extends ServerProcess {
  call(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }>
}

// biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
type Json = any

/** One of the nodes; indexes beyond the last one begin again. */
export function nodeOf(nodes: readonly TestNode[], index: number): TestNode {
  const found = nodes[index % nodes.length]
  if (found === undefined) throw new Error('There is no such node.')
  return found
}

/** Starts a node on a database. */
export async function startNode(
  databaseUrl: string,
  settings: Record<string, string> = {},
): Promise<TestNode> {
  const server = await startServer(
    {
      LATCHKEY_DATABASE_URL: databaseUrl,
      LATCHKEY_ROOT_KEY: ROOT_KEY,
      LATCHKEY_MANAGEMENT_RATE: '1000000/1s',
      LATCHKEY_DATA_RATE: '1000000/1s',
      LATCHKEY_SERVICE_RATE: '1000000/1s',
      LATCHKEY_LOG_LEVEL: 'warn',
      ...settings,
    },
    MAIN,
  )
  return {
    ...server,
    async call(method, path, body) {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, json: text === '' ? null : JSON.parse(text) }
    },
  }
}

/** A key whose facts every node has in memory. */
export async function rememberedKey(nodes: readonly TestNode[]): Promise<{ id: string; secret: string }> {
  const [first] = nodes
  if (first === undefined) throw new Error('There is no node.')
  const { status, json } = await first.call('POST', '/v2/keys', { name: 'x' })
  if (status !== 201) throw new Error(`No key was made: ${status} ${JSON.stringify(json)}`)
  const { secret } = json
  for (const node of nodes) {
    const { json: verdict } = await node.call('POST', '/v2/verify', { key: secret })
    if (verdict.valid !== true) throw new Error(`A new key is not valid: ${JSON.stringify(verdict)}`)
  }
  return { id: json.key.id, secret }
}

/** The p-quantile of the values. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
}
