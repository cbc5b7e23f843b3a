import { afterAll, beforeAll, expect, test } from 'bun:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { residentBytes } from '../support/process-memory.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// A body of a few bytes may unpack to a megabyte, so what unpacks is bounded like bodies of that size.

const MIB = 1024 * 1024
let server: ServerProcess
beforeAll(async () => {
  server = await startServer({
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
    LATCHKEY_LOG_LEVEL: 'error',
  })
})
afterAll(() => server.end('SIGTERM'))

async function report(body: Uint8Array, coding: string): Promise<number> {
  const headers = {
    authorization: `Bearer ${server.rootKey}`,
    'content-type': 'application/json',
    'content-encoding': coding,
  }
  const sent = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> }
  return (await fetch(`${server.url}/v2/usage`, sent)).status
}

test('hundreds of tiny bodies that unpack to a megabyte take little memory, and most are refused', async () => {
  const bomb = brotliCompressSync(Buffer.alloc(1_040_000, 32))
  const before = residentBytes(server.pid) ?? 0
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, residentBytes(server.pid) ?? 0)
  }, 10)
  const statuses = await Promise.all(Array.from({ length: 800 }, () => report(bomb, 'br')))
  clearInterval(watch)
  const refused = statuses.filter((status) => status === 429).length
  process.stdout.write(`800 bodies: ${refused} refused, ${Math.round((peak - before) / MIB)} MiB more\n`)
  expect(refused).toBeGreaterThan(700)
  expect(peak - before).toBeLessThan(300 * MIB)
}, 60_000)

test('a gateway that sends many packed batches at once is served', async () => {
  // The rate of large bodies has room again.
  await Bun.sleep(1_100)
  const event = { keyId: crypto.randomUUID(), amount: '1', meta: { note: 'x'.repeat(200) } }
  const events = Array.from({ length: 300 }, (_, n) => ({ id: `e${n}`, ...event }))
  const batch = gzipSync(JSON.stringify({ events }))
  const statuses = await Promise.all(Array.from({ length: 60 }, () => report(batch, 'gzip')))
  // The key does not exist, which is found out after the body has been read.
  expect(new Set(statuses)).toEqual(new Set([400]))
})
