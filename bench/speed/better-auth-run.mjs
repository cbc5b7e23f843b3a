// @ts-nocheck: its packages exist only in the folder to which it is copied. better-auth's verify on a SQLite file, measured; copied
// beside its packages and run there.
import { Database } from 'bun:sqlite'
import { rmSync } from 'node:fs'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

const CALLS = 300
const ROUNDS = 5

for (const end of ['', '-wal', '-shm']) rmSync(`bench.db${end}`, { force: true })
const database = new Database('bench.db', { create: true })
database.exec('pragma journal_mode = wal; pragma synchronous = full')
const options = {
  database,
  baseURL: 'http://127.0.0.1',
  secret: 'a-secret-of-a-benchmark-0123456789',
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  plugins: [apiKey({ rateLimit: { enabled: true, maxRequests: 1_000_000_000, timeWindow: 60_000 } })],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const auth = betterAuth(options)
const { user } = await auth.api.signUpEmail({
  body: { email: 'bench@example.com', password: 'correct-horse-battery', name: 'bench' },
})
const permissions = { documents: ['read'] }
const { key } = await auth.api.createApiKey({
  body: { userId: user.id, permissions, remaining: 1_000_000_000 },
})
const verify = async () => {
  const { valid } = await auth.api.verifyApiKey({ body: { key, permissions } })
  if (!valid) throw new Error('A verify did not pass.')
}
for (let n = 0; n < CALLS; n += 1) await verify()
const rounds = []
for (let round = 0; round < ROUNDS; round += 1) {
  const began = process.hrtime.bigint()
  for (let n = 0; n < CALLS; n += 1) await verify()
  rounds.push(Number(process.hrtime.bigint() - began) / CALLS)
}
rounds.sort((one, other) => one - other)
console.log(JSON.stringify({ verifyNs: rounds[ROUNDS >> 1] }))
process.exit(0)
