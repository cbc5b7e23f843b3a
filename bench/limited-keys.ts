import { DatabaseSync } from 'node:sqlite'
import { systemClock, systemRandom } from '../src/core/ground/clock.ts'
import { idMaker } from '../src/core/ground/ids.ts'
import { mintSecret, storedSecret } from '../src/core/ground/secret.ts'

/** A key that the load spends from. */
export interface LoadKey {
  id: string
  secret: string
}

/** So large that no run comes near it, while every event is still compared with it. Nano-USD. */
const LIMIT = 10n ** 17n

/**
 * Writes keys with two limits each directly into a database that a server has set up and closed: ten thousand calls would take longer
 * than the measurement. The keys belong to the root user and the default workspace.
 */
export function addLimitedKeys(path: string, count: number): LoadKey[] {
  const newId = idMaker(systemClock, systemRandom)
  const database = new DatabaseSync(path)
  const [owner] = Object.values(database.prepare('select id from users').get() ?? {}) as string[]
  const [workspace] = Object.values(database.prepare('select id from workspaces').get() ?? {}) as string[]
  if (owner === undefined || workspace === undefined) throw new Error(`${path} was not set up by a server.`)
  const insertKey = database.prepare(`
    insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, labels, permissions, limit_daily, limit_total,
      include_byok_in_limit, rate_limits, allowed_ips, expires_at, created_at, created_by_id, updated_by_id, revoked, revision)
    values (?, ?, 'load', 'use', 0, ?, ?, '{}', '[]', ?, ?, 0, '[]', '[]', ?, ?, ?, ?, 0, 0)`)
  const insertSecret = database.prepare(`
    insert into secrets (digest, key_id, ordinal, mask, key_prefix, is_foreign, created_at, expires_at)
    values (?, ?, 1, ?, ?, 0, ?, ?)`)
  const insertTotals = database.prepare(`
    insert into key_totals (key_id, owner_id, workspace_id, revoked, last_used_at, request_count, amount, byok_amount, requests)
    values (?, ?, ?, 0, 0, 0, 0, 0, 0)`)
  database.exec('begin immediate')
  const keys = Array.from({ length: count }, (): LoadKey => {
    const now = systemClock.now()
    const id = newId<string>()
    const secret = mintSecret('lk', systemRandom)
    const { digest, mask, keyPrefix } = storedSecret(secret, now)
    const never = Number.MAX_SAFE_INTEGER
    insertKey.run(id, digest, owner, workspace, LIMIT, LIMIT, never, now, owner, owner)
    insertSecret.run(digest, id, mask, keyPrefix, now, never)
    insertTotals.run(id, owner, workspace)
    return { id, secret: secret.reveal() }
  })
  database.exec('commit')
  database.close()
  return keys
}
