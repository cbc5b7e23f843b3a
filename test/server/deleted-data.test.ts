import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, temporaryFolder } from '../support/server.ts'

test('a server whose data folder is deleted reports it and answers no change with success', async () => {
  const folder = temporaryFolder()
  const server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'data/latchkey.db')}` })
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
  const create = () =>
    fetch(`${server.url}/v2/keys`, { method: 'POST', headers, body: JSON.stringify({ name: 'late' }) })
  expect((await create()).status).toBe(201)
  rmSync(join(folder, 'data'), { recursive: true })
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
  expect((await create()).status).toBe(503)
  await server.end('SIGTERM')
  const warnings = server
    .output()
    .split('\n')
    .filter((line) => line.includes('"level":"warn"') && !line.includes('The database was empty'))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('latchkey.db')
}, 20_000)
