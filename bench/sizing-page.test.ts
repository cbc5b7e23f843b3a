import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/support/server.ts'
import { type Measured, writeSizing } from './sizing-page.ts'

const one: Measured = {
  engine: 'sqlite',
  nodes: 1,
  pooled: null,
  accounts: 'one key',
  perSecond: 12_345.6,
  perCommit: 63.7,
  p50: '5',
  p99: '12',
}

test('the sizes are written between the marks of docs/scaling.md, and again in their place', () => {
  const page = join(temporaryFolder(), 'page')
  const before = readFileSync(join(import.meta.dir, '../docs/scaling.md'), 'utf8')
  writeFileSync(page, before)
  const pooled: Measured = { ...one, engine: 'postgres', nodes: 3, pooled: 8, accounts: 'many' }
  writeSizing(page, [one])
  writeSizing(page, [one, pooled])
  const after = readFileSync(page, 'utf8')
  const rows = after.split('\n').filter((line) => line.includes(' a commit, p50 '))
  expect(rows).toEqual([
    '| SQLite, one process | 12,346/s, 64 a commit, p50 5 ms, p99 12 ms | - |',
    '| 3 on PostgreSQL, PgBouncer with 8 sessions | - | 12,346/s, 64 a commit, p50 5 ms, p99 12 ms |',
  ])
  const rest = (text: string) => text.replace(/(<!-- sizing: .*? -->)[\s\S]*(<!-- end of sizing -->)/, '$1$2')
  expect(rest(after)).toBe(rest(before))
})
