import { type Selectable, sql } from 'kysely'
import type { BrowserSession, SignInLink } from '../../../core/access/browser-session.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Digest, UserId } from '../../../core/types.ts'
import type { Forgotten } from '../../sign-ins.ts'
import { lockUserToChange } from '../base/actor.ts'
import { type SqlDatabase, type Trx, transact, transactLater } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import type { BrowserSessionTable } from '../base/sign-in-tables.ts'
import { statement } from '../base/statement.ts'

/** See `SignInStore.beginSession`. */
export function beginSession(db: SqlDatabase, session: BrowserSession, most: number): Promise<void> {
  const { digest, userId, credential, beganAt, activeAt } = session
  return transact(db, async (trx) => {
    // Sign-ins of one user wait for each other, or each would leave room for itself alone.
    if (db.locksRows) await lockUserToChange(db, trx, { id: userId })
    await trx
      .deleteFrom('browser_sessions')
      .where(
        sql<boolean>`digest in (
          select digest from browser_sessions where user_id = ${userId}
          order by active_at desc, digest desc limit ${BigInt(MANY)} offset ${BigInt(most - 1)})`,
      )
      .execute()
    await trx
      .insertInto('browser_sessions')
      .values({
        digest,
        user_id: userId,
        credential,
        began_at: integer(beganAt),
        active_at: integer(activeAt),
      })
      .execute()
  })
}

/** More sessions than a user ever has; one engine wants a limit before an offset. */
const MANY = 1_000_000

/** See `SignInStore.findSession`. */
export async function findSession(db: SqlDatabase, digest: Digest): Promise<BrowserSession | null> {
  const row = await db.reader
    .selectFrom('browser_sessions')
    .selectAll()
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row === undefined ? null : readSession(row)
}

/**
 * The sessions of these digests that have not ended. Their end waits for the transaction; those that somebody else is ending now are
 * missing, so that nobody waits for that.
 */
export async function liveSessions(
  db: SqlDatabase,
  trx: Trx,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const found = trx.selectFrom('browser_sessions').select('digest').where(db.oneOf(sql`digest`, digests))
  const rows = await (db.locksRows ? found.forKeyShare().skipLocked() : found).execute()
  return new Set(rows.map(({ digest }) => digest as Digest))
}

function readSession(row: Selectable<BrowserSessionTable>): BrowserSession {
  return {
    digest: row.digest as Digest,
    userId: row.user_id as UserId,
    credential: row.credential as Digest,
    beganAt: Number(row.began_at),
    activeAt: Number(row.active_at),
  }
}

/** See `SignInStore.touchSession`. */
export async function touchSession(db: SqlDatabase, digest: Digest, at: Instant): Promise<void> {
  await transactLater(db, (trx) => touch(db, trx, { digest, at: integer(at) }))
}

const touch = statement(['digest', 'at'], (trx, { digest, at }: { digest: string; at: bigint }) =>
  trx
    .updateTable('browser_sessions')
    .set({ active_at: at })
    .where('digest', '=', digest)
    .where('active_at', '<', at),
)

/** See `SignInStore.endSession`. */
export async function endSession(db: SqlDatabase, digest: Digest): Promise<void> {
  await transact(db, (trx) => trx.deleteFrom('browser_sessions').where('digest', '=', digest).execute())
}

/** See `SignInStore.forgetSignIns`. */
export function forgetSignIns(
  db: SqlDatabase,
  { beganUntil, activeUntil, activeAfter, linksUntil, linksAfter, limit }: Forgotten,
): Promise<number> {
  return transactLater(db, async (trx) => {
    const sessions = await trx
      .deleteFrom('browser_sessions')
      .where(
        sql<boolean>`digest in (
          select digest from browser_sessions
          where began_at <= ${integer(beganUntil)} or active_at <= ${integer(activeUntil)}
            or active_at > ${integer(activeAfter)}
          order by digest limit ${BigInt(limit)})`,
      )
      .executeTakeFirst()
    const links = await trx
      .deleteFrom('sign_in_links')
      .where(
        sql<boolean>`digest in (
          select digest from sign_in_links
          where ends_at <= ${integer(linksUntil)} or ends_at > ${integer(linksAfter)}
          order by digest limit ${BigInt(limit)})`,
      )
      .executeTakeFirst()
    return Math.max(Number(sessions.numDeletedRows), Number(links.numDeletedRows))
  })
}

/** See `SignInStore.offerLink`. */
export async function offerLink(db: SqlDatabase, { digest, credential, endsAt }: SignInLink): Promise<void> {
  await transact(db, (trx) =>
    trx
      .insertInto('sign_in_links')
      .values({ digest, credential, ends_at: integer(endsAt) })
      .execute(),
  )
}

/** See `SignInStore.takeLink`. */
export async function takeLink(db: SqlDatabase, digest: Digest): Promise<SignInLink | null> {
  const [row] = await transact(db, (trx) =>
    trx.deleteFrom('sign_in_links').where('digest', '=', digest).returningAll().execute(),
  )
  if (row === undefined) return null
  return { digest, credential: row.credential as Digest, endsAt: Number(row.ends_at) }
}
