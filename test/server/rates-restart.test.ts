import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

/** The use that a crash may lose of a long rate limit: that of the last second (docs/api.md). */
const STATED_LOSS_MS = 1_000

/** Starts a server over a new database with one key whose limits are 3 in 30 days and 100 in 10 minutes. */
async function servedKey() {
  const settings = { LATCHKEY_DATABASE_URL: `sqlite:${join(temporaryFolder(), 'latchkey.db')}` }
  const server = await startServer(settings)
  const { rootKey } = server
  const rateLimits = [
    { name: 'monthly', limit: 3, window: '30d' },
    { name: 'short', limit: 100, window: '10m' },
  ]
  const created = await post(server, rootKey, '/v2/keys', { name: 'limited', rateLimits })
  return { settings, server, rootKey, key: created.secret as string, id: (created.key as { id: string }).id }
}

async function post(server: ServerProcess, credential: string, path: string, body: object) {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await answer.json()) as Record<string, unknown>
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a month's rate limit that is used up stays used up after ${signal} and a start`, async () => {
    const { settings, server, rootKey, key } = await servedKey()
    const verify = (at: ServerProcess) => post(at, rootKey, '/v2/verify', { key })
    for (let use = 0; use < 3; use += 1) expect(await verify(server)).toMatchObject({ valid: true })
    expect(await verify(server)).toMatchObject({ code: 'RATE_LIMITED' })
    // A crash may lose the use of the last second, and no more.
    if (signal === 'SIGKILL') await Bun.sleep(STATED_LOSS_MS)
    await server.end(signal)
    const next = await startServer(settings)
    expect(await verify(next)).toMatchObject({ code: 'RATE_LIMITED' })
    await next.end('SIGTERM')
  })
}

test('a raised limit has room after a restart for its unused units, and no more', async () => {
  const { settings, server, rootKey, key, id } = await servedKey()
  for (let use = 0; use < 3; use += 1) await post(server, rootKey, '/v2/verify', { key })
  await server.end('SIGTERM')
  const next = await startServer(settings)
  await fetch(`${next.url}/v2/keys/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rateLimits: [{ name: 'monthly', limit: 5, window: '30d' }] }),
  })
  const codes: unknown[] = []
  for (let use = 0; use < 3; use += 1) codes.push((await post(next, rootKey, '/v2/verify', { key })).code)
  expect(codes).toEqual(['VALID', 'VALID', 'RATE_LIMITED'])
  await next.end('SIGTERM')
})
