import { describe, expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'pg'
import { postgresForTests } from '../../../../test/support/postgres.ts'
import {
  actAt,
  addUser,
  addWorkspace,
  auditOf,
  idOf,
  keyNumber,
  NOON,
  seed,
} from '../../../../test/support/records.ts'
import { temporaryFolder } from '../../../../test/support/server.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import type { UserId, WorkspaceId } from '../../../core/types.ts'
import { openStore } from '../../open.ts'

const postgres = await postgresForTests()
const HOME = idOf<WorkspaceId>(10)
const CALLERS = 8

/** A database, and a way to put many rows into it at once. */
interface Filled {
  url: string
  fill(statement: string): Promise<void>
}

const ENGINES: Record<string, () => Promise<Filled>> = {
  async SQLite() {
    const path = `${temporaryFolder()}/k.db`
    return {
      url: `sqlite:${path}`,
      async fill(statement) {
        const db = new DatabaseSync(path)
        db.exec(statement)
        db.close()
      },
    }
  },
  ...('absent' in postgres
    ? {}
    : {
        async PostgreSQL() {
          const { url } = await postgres.migratedDatabase()
          return {
            url,
            async fill(statement: string) {
              const pool = new Pool({ connectionString: url })
              pool.on('error', () => {})
              await pool.query(statement)
              await pool.end()
            },
          }
        },
      }),
}

describe.each(Object.entries(ENGINES))('memberships on %s', (_, open) => {
  test('too_many_members: no more than the maximum are added, however many concurrently; a key is still created', async () => {
    const { url, fill } = await open()
    const empty = await openStore(url)
    await seed(empty)
    await addWorkspace(empty, 10)
    await empty.close()
    const room = 3
    await fill(`
      insert into workspace_members (workspace_id, user_id, joined_at, added_by_id, workspace_created_at, revision)
      with recursive n(n) as (select 1 union all select n + 1 from n where n < ${MAX.memberships - room})
      select '${HOME}', 'u' || n, 0, null, ${NOON}, 1 from n`)
    const store = await openStore(url)
    for (let n = 20; n < 20 + CALLERS; n++) await addUser(store, n)
    const join = (n: number) =>
      store.addMember(
        { workspaceId: HOME, userId: idOf<UserId>(n) },
        { act: actAt(), audit: auditOf('workspace', HOME) },
      )
    const settled = await Promise.allSettled(Array.from({ length: CALLERS }, (_, index) => join(20 + index)))
    console.log(`addMember: ${CALLERS} at once into the last ${room} places`)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(room)
    const codes = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
    expect(new Set(codes)).toEqual(new Set(['too_many_members']))

    const outside = [...settled.entries()].find(([, { status }]) => status === 'rejected')?.[0] ?? 0
    const userId = idOf<UserId>(20 + outside)
    const key = keyNumber(40, { ownerId: userId, workspaceId: HOME })
    const letIn = () => auditOf('workspace', HOME)
    await store.createKey(key, { act: actAt(), audit: auditOf('key', key.id), letIn })
    expect(await store.isMember({ workspaceId: HOME, userId })).toBe(false)
    await store.close()
  }, 30_000)

  test('too_many_members: a user belongs to at most the maximum number of workspaces', async () => {
    const { url, fill } = await open()
    const empty = await openStore(url)
    await seed(empty)
    for (const n of [10, 11]) await addWorkspace(empty, n)
    await addUser(empty, 20)
    await empty.close()
    await fill(`
      insert into workspace_members (workspace_id, user_id, joined_at, added_by_id, workspace_created_at, revision)
      with recursive n(n) as (select 1 union all select n + 1 from n where n < ${MAX.memberships - 1})
      select 'w' || n, '${idOf(20)}', 0, null, ${NOON}, 1 from n`)
    const store = await openStore(url)
    const join = (n: number) =>
      store.addMember(
        { workspaceId: idOf<WorkspaceId>(n), userId: idOf<UserId>(20) },
        { act: actAt(), audit: auditOf('workspace', idOf(n)) },
      )
    expect((await join(10)).isNew).toBe(true)
    await expect(join(11)).rejects.toMatchObject({ code: 'too_many_members' })
    const started = performance.now()
    await store.deleteUser(
      idOf<UserId>(20),
      (current) => ({ next: current, audit: auditOf('user', current.id) }),
      { act: actAt() },
    )
    console.log(
      `deleteUser: ${MAX.memberships} memberships ended in ${(performance.now() - started).toFixed(0)} ms`,
    )
    await store.close()
  }, 30_000)
})
