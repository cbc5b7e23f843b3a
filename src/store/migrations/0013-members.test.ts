import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import type { UserId, WorkspaceId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

const [HOME, TEAM, GONE] = [idOf<WorkspaceId>(1), idOf<WorkspaceId>(2), idOf<WorkspaceId>(3)]
const [MAKER, OWNER] = [idOf<UserId>(10), idOf<UserId>(11)]
const [FORMER, DELETED] = [idOf<UserId>(12), idOf<UserId>(13)]

test('only owners of unrevoked keys in a workspace and its creator are members after the upgrade', async () => {
  const path = `${temporaryFolder()}/k.db`
  const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0012-ledger-actors' })
  for (const id of [MAKER, OWNER, FORMER, DELETED]) {
    await sql`insert into users (id, username, username_folded, email, email_folded, display_name, role, disabled, policy,
      created_at, deleted_at, revision) values (${id}, ${id}, ${id}, ${id}, ${id}, 'x', 'USER', 0, '{"limits":{}}', 0,
      ${id === DELETED ? 1 : null}, 1)`.execute(db)
  }
  for (const id of [HOME, TEAM, GONE]) {
    await sql`insert into workspaces (id, slug, name, is_default, created_by_id, created_at, deleted_at, revision)
      values (${id}, ${id}, 'w', ${id === HOME ? 1 : 0}, ${MAKER}, 7, ${id === GONE ? 1 : null}, 1)`.execute(
      db,
    )
  }
  const keys: [id: number, owner: UserId, workspace: WorkspaceId, revoked: 0 | 1][] = [
    [20, OWNER, TEAM, 0],
    [21, OWNER, TEAM, 0],
    [22, OWNER, HOME, 0],
    [23, FORMER, TEAM, 1],
    [24, DELETED, TEAM, 0],
    [25, OWNER, GONE, 0],
  ]
  for (const [n, owner, workspace, revoked] of keys) {
    const id = idOf(n)
    await sql`insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, labels, permissions,
      include_byok_in_limit, rate_limits, allowed_ips, expires_at, created_at, created_by_id, updated_by_id, revoked,
      revision) values (${id}, ${id}, 'k', 'full', 0, ${owner}, ${workspace}, '{}', '[]', 0, '[]', '[]', 9, 0, ${owner},
      ${owner}, ${revoked}, 1)`.execute(db)
  }
  await db.destroy()
  const store = await openStore(`sqlite:${path}`)
  const { rows } = await store.listMembers({ of: TEAM, limit: 10 })
  expect(rows.map(({ user, joinedAt }) => [user.id, joinedAt])).toEqual([
    [OWNER, 7],
    [MAKER, 7],
  ])
  expect((await store.listMembers({ of: GONE, limit: 10 })).rows).toEqual([])
  const { rows: joined } = await store.listWorkspaces({ memberId: OWNER, limit: 10 })
  expect(joined.map(({ id }) => id)).toEqual([TEAM, HOME])
  expect(await store.isMember({ workspaceId: TEAM, userId: FORMER })).toBe(false)
  await store.close()
})
