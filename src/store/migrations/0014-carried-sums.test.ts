import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf, NOON, readAccount } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import type { WorkspaceId } from '../../core/types.ts'
import { openStore } from '../open.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

test('sums that an older program has filled up to 2^63-1 stay unchanged', async () => {
  const path = `${temporaryFolder()}/k.db`
  const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0013-members' })
  const sums = [0n, 1n, 2n ** 62n - 1n, 2n ** 62n, 2n ** 62n + 1n, 2n ** 63n - 1n]
  for (const [n, sum] of sums.entries()) {
    await sql`insert into account_spend (kind, account_id, win, start, amount, byok_amount, requests)
      values ('workspace', ${idOf(n)}, 'total', 0, ${sum}, ${sums.at(-1 - n) ?? 0n}, 7)`.execute(db)
  }
  await db.destroy()
  const store = await openStore(`sqlite:${path}`)
  for (const [n, amount] of sums.entries()) {
    const { spend } = await readAccount(store, { kind: 'workspace', id: idOf<WorkspaceId>(n) }, NOON)
    expect(spend.total).toEqual({ amount, byokAmount: sums.at(-1 - n) ?? 0n, requests: 7 })
  }
  await store.close()
})
