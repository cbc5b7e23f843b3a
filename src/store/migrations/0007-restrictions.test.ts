import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf, NOON } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import type { KeyId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

test('older restrictions without a setter count as set by an ADMIN, unless their owners set them', async () => {
  const path = `${temporaryFolder()}/k.db`
  const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0006-denials' })
  const [root, owner, workspace] = [idOf(1), idOf(2), idOf(3)]
  for (const [id, role] of [
    [root, 'ROOT'],
    [owner, 'USER'],
  ]) {
    await sql`insert into users (id, username, username_folded, email, email_folded, display_name, role, disabled, policy,
      created_at, revision) values (${id}, ${id}, ${id}, ${id}, ${id}, 'x', ${role}, 0, '{}', 0, 1)`.execute(
      db,
    )
  }
  await sql`insert into workspaces (id, slug, name, is_default, created_at, revision) values (${workspace}, 'w', 'w', 1, 0, 1)`.execute(
    db,
  )
  const rates = JSON.stringify([{ name: 'r', limit: 1, windowMs: 1_000 }])
  for (const [id, by] of [
    [idOf(10), root],
    [idOf(11), owner],
  ]) {
    await sql`insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, labels, permissions, limit_total,
      include_byok_in_limit, rate_limits, allowed_ips, not_before, expires_at, created_at, created_by_id, updated_by_id, revoked,
      revision) values (${id}, ${id}, 'k', 'full', 1, ${owner}, ${workspace}, '{}', '["a"]', 5, 0, ${rates}, '[]', null,
      ${NOON + 1}, 0, ${by}, ${owner}, 0, 1)`.execute(db)
    await sql`insert into secrets values (${id}, ${id}, 1, 'm', 'p', 0, 0, ${NOON + 1})`.execute(db)
    await sql`insert into key_totals (key_id, owner_id, workspace_id, revoked, last_used_at, request_count, amount,
      byok_amount, requests) values (${id}, ${owner}, ${workspace}, 0, 0, 0, 0, 0, 0)`.execute(db)
  }
  await db.destroy()
  const store = await openStore(`sqlite:${path}`)
  const restrictionsOf = async (n: number) =>
    (await store.findKey({ id: idOf<KeyId>(n) }, NOON))?.restrictions
  // A member that the policy covered before is still judged by the policy alone.
  expect(await restrictionsOf(10)).toEqual({
    disabled: { by: 'ADMIN', value: true, given: true },
    'limits.total': { by: 'ADMIN', value: '5', given: true },
    rateLimits: { by: 'ADMIN', value: [{ name: 'r', limit: 1, windowMs: 1_000 }], given: true },
  })
  expect(await restrictionsOf(11)).toEqual({})
  await store.close()
})
