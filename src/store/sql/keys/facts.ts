import type { Instant } from '../../../core/ground/clock.ts'
import type { KeyRef } from '../../../core/keys/queries.ts'
import type { KeyFacts } from '../../../core/verify/key-facts.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer, readKey, readSecret, readUser, readWorkspace } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import { currentSecrets, keyById, requireCurrent, secretsAround } from './key-rows.ts'

/** See `Store.findFacts`. Four look-ups by primary key or unique index, which see one moment. */
export function findFacts(db: SqlDatabase, ref: KeyRef, at: Instant): Promise<KeyFacts | null> {
  return snapshot(db, async (trx) => {
    const secrets = await secretsOf(db, trx, { ref, at: integer(at) })
    // A key that is named by its id is read with its current secret, which comes first.
    const asked = 'id' in ref ? secrets[0] : secrets.find((secret) => secret.digest === ref.digest)
    if (asked === undefined) return null
    const id = asked.key_id
    const [row] = await keyById(db, trx, { id })
    const [owner] = row === undefined ? [] : await ownerById(db, trx, { id: row.owner_id })
    const [workspace] = row === undefined ? [] : await workspaceById(db, trx, { id: row.workspace_id })
    if (row === undefined || owner === undefined || workspace === undefined) return null
    const shown = secrets.filter((secret, index) => index === 0 || secret.expires_at > integer(at))
    return {
      key: readKey(row, requireCurrent(id, shown.map(readSecret))),
      secret: readSecret(asked),
      owner: readUser(owner),
      workspace: readWorkspace(workspace),
    }
  })
}

function secretsOf(db: SqlDatabase, trx: Trx, { ref, at }: { ref: KeyRef; at: bigint }) {
  return 'id' in ref
    ? currentSecrets(db, trx, { id: ref.id, at })
    : secretsAround(db, trx, { digest: ref.digest, at })
}

// Also deleted users: their revoked keys still refer to them.
const ownerById = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('users').selectAll().where('id', '=', id),
)

const workspaceById = statement(['id'], (trx, { id }: { id: string }) =>
  trx.selectFrom('workspaces').selectAll().where('id', '=', id),
)
