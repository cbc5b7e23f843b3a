import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// Every change of a user or workspace makes memory forget the facts of all its keys. Whoever makes such changes as fast as it can must not
// keep charges from being taken: they wait for their commit, are judged then, and are made again where memory has lost their facts.

const MS = 2_500
const CHARGING = 24
const CHANGING = 8

describe.each(['workspace', 'owner'] as const)('beside a stream of changes of the %s of a key', (what) => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer({
      LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
      LATCHKEY_LOG_LEVEL: 'error',
      LATCHKEY_MANAGEMENT_RATE: '1000000/1s',
      LATCHKEY_SERVICE_RATE: '1000000/1s',
    })
  }, 60_000)
  afterAll(() => server.end('SIGTERM'))

  async function call(method: string, path: string, body: object, key = server.rootKey) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/v2/${path}`, { method, headers, body: JSON.stringify(body) })
    return { status: answer.status, json: (await answer.json()) as Record<string, string & { id: string }> }
  }

  async function get<Answer>(path: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${server.rootKey}` }
    return (await (await fetch(`${server.url}/v2/${path}`, { headers })).json()) as Answer
  }

  async function user(role: string): Promise<string> {
    return (await call('POST', 'users', { username: role, displayName: role, role })).json.id ?? ''
  }

  test('no charge is refused, and each is taken once', async () => {
    const owner = await user('USER')
    const caller = (await call('POST', 'keys', { ownerId: await user('SERVICE'), access: 'manage' })).json
    const keys = await Promise.all(
      Array.from({ length: 20 }, async () => (await call('POST', 'keys', { ownerId: owner })).json),
    )
    const [workspace] = (await get<{ data: { id: string }[] }>('workspaces')).data
    const end = performance.now() + MS
    let changes = 0
    const statuses = new Map<string, number>()
    const change = async () => {
      for (; performance.now() < end; changes += 1)
        if (what === 'workspace')
          await call('PATCH', `workspaces/${workspace?.id}`, { description: `${changes}` })
        else await call('PATCH', `users/${owner}`, { displayName: `name ${changes}` })
    }
    const charge = async (_: unknown, worker: number) => {
      for (let n = 0; performance.now() < end; n += 1) {
        const asked = {
          key: keys[(worker + n) % keys.length]?.secret,
          charge: '0.000001',
          requestId: `${worker}-${n}`,
        }
        const { status, json } = await call('POST', 'verify', asked, caller.secret)
        const outcome = `${status} ${json.code}`
        statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1)
      }
    }
    await Promise.all([
      ...Array.from({ length: CHANGING }, change),
      ...Array.from({ length: CHARGING }, charge),
    ])
    const taken = statuses.get('200 VALID') ?? 0
    process.stdout.write(`changes of the ${what}: ${changes}, charges: ${taken}\n`)
    expect([...statuses.keys()]).toEqual(['200 VALID'])
    expect(Math.min(changes, taken)).toBeGreaterThan(50)
    const { data } = await get<{ data: { requests: number }[] }>('usage?interval=month')
    expect(data.reduce((sum, { requests }) => sum + requests, 0)).toBe(taken)
  }, 60_000)
})
