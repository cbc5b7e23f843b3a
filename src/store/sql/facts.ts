import type { Instant } from '../../core/clock.ts'
import type { Digest } from '../../core/types.ts'
import type { KeyFacts } from '../store.ts'
import { type SqlDatabase, snapshot } from './database.ts'
import { keyById, requireCurrent, secretsAround } from './key-rows.ts'
import { integer, readKey, readSecret, readUser } from './rows.ts'
import { readSpend } from './spend.ts'
import { statement } from './statement.ts'

/** See `Store.findFacts`. Four look-ups by primary key or unique index, as of one moment. */
export function findFacts(db: SqlDatabase, digest: Digest, at: Instant): Promise<KeyFacts | null> {
  return snapshot(db, async (trx) => {
    const secrets = await secretsAround(db, trx, { digest, at: integer(at) })
    const asked = secrets.find((secret) => secret.digest === digest)
    if (asked === undefined) return null
    const id = asked.key_id
    const [row] = await keyById(db, trx, { id })
    const [owner] = row === undefined ? [] : await ownerById(db, trx, { id: row.owner_id })
    if (row === undefined || owner === undefined) return null
    const shown = secrets.filter((secret, index) => index === 0 || secret.expires_at > integer(at))
    const key = readKey(row, requireCurrent(id, shown.map(readSecret)))
    const spend = await readSpend(db, trx, { keyId: key.id, at })
    return { key, secret: readSecret(asked), owner: readUser(owner), spend, spendAt: at }
  })
}

// Also a deleted one: its revoked keys keep pointing at it.
const ownerById = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('users').selectAll().where('id', '=', id),
)
