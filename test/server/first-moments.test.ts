import { expect, test } from 'bun:test'
import { Client } from 'pg'
import { postgresForTests } from '../support/postgres.ts'
import { freePort } from '../support/redis.ts'
import { startServer } from '../support/server.ts'

const postgres = await postgresForTests()

/** True when the address answers within the time. */
async function answersWithin(url: string, ms: number, init: RequestInit = {}): Promise<boolean> {
  const request = fetch(url, { ...init, signal: AbortSignal.timeout(ms) })
  return request.then(
    (answer) => answer.body?.cancel().then(() => true) ?? true,
    () => false,
  )
}

test.skipIf('absent' in postgres)(
  'a first start lets nobody in between its port and its root key',
  async () => {
    if ('absent' in postgres) return
    const { url, drop } = await postgres.freshDatabase()
    const settings = { LATCHKEY_DATABASE_URL: url, LATCHKEY_LOG_LEVEL: 'error' }
    // Only creates the tables.
    const empty = await startServer({ ...settings, LATCHKEY_AUTO_INIT: 'false' })
    await empty.end('SIGTERM')
    const operator = new Client({ connectionString: url })
    await operator.connect()
    await operator.query('begin; lock table users in exclusive mode')
    const port = await freePort()
    const starting = startServer({ ...settings, LATCHKEY_PORT: String(port) })
    const base = `http://127.0.0.1:${port}`
    // A constant answer that needs no application: the port is taken.
    for (let look = 0; look < 2_000 && !(await answersWithin(`${base}/livez`, 1_000)); look += 1)
      await Bun.sleep(5)
    const setUp = fetch(`${base}/v1/system/init`, { method: 'POST' }).then((answer) => answer.text())
    // Without the root key nobody could even be refused; with one it takes milliseconds.
    expect(await answersWithin(`${base}/v2/keys`, 1_500)).toBe(false)
    await operator.query('rollback')
    await operator.end()
    const server = await starting
    expect(await setUp).not.toMatch(/lk_/)
    expect(await answersWithin(`${base}/v2/keys`, 30_000)).toBe(true)
    const bearer = { authorization: `Bearer ${server.rootKey}` }
    expect((await fetch(`${base}/v1/users/me`, { headers: bearer })).status).toBe(200)
    await server.end('SIGTERM')
    await drop()
  },
  60_000,
)
