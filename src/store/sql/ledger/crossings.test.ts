import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { eventOf, ROOT_KEY } from '../../../../test/support/records.ts'
import { used } from '../../conformance/ledger-case.conformance.ts'
import { IN_MEMORY, openSqlite } from '../../sqlite/open.ts'
import type { Step } from '../base/row-forms.ts'
import { commitLedger } from './commit.ts'

test('no statement of a ledger commit makes a table anew for each row that it runs for', async () => {
  const db = await openSqlite(IN_MEMORY, () => {})
  const statements: string[] = []
  const runSteps = async (steps: readonly Step[]) => {
    for (const step of steps) for (const statement of step.statements) statements.push(statement.sql)
    return true
  }
  await commitLedger({ ...db, runSteps }, [used(eventOf(ROOT_KEY, 'one'))])
  expect(statements.filter((text) => text.includes('insert into crossings'))).toHaveLength(3)
  for (const text of statements) {
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(text)}`.execute(db.writer)
    expect(rows.map(({ detail }) => detail).filter((step) => /MATERIALIZE|TEMP B-TREE/.test(step))).toEqual(
      [],
    )
  }
  await db.close()
})
