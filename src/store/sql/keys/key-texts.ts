import { type Selectable, sql } from 'kysely'
import type { Cursor } from '../../../core/ground/page.ts'
import {
  type KeyFields,
  type KeyForm,
  type KeyTextQuery,
  type KeyTexts,
  shownIn,
} from '../../../core/keys/key-form.ts'
import type { KeyId, UserId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { readExpiry } from '../base/rows.ts'
import { type KeyTable, UNUSED } from '../base/tables.ts'
import { threadWorkMs } from '../base/thread-work.ts'
import { findPage } from './key-list.ts'

/** How many characters of text end a page: as much as a socket takes without blocking the thread that sends it. */
const PAGE_CHARACTERS = 256 * 1024

/** What is read of a key: a fifth of what `listKeys` reads. */
interface TextRow
  extends Pick<
    Selectable<KeyTable>,
    | 'id'
    | 'owner_id'
    | 'disabled'
    | 'labels'
    | 'expires_at'
    | 'created_at'
    | 'updated_at'
    | 'created_by_id'
    | 'updated_by_id'
  > {
  key_prefix: string
  last_used_at: bigint
}

/** See `KeyStore.listKeyTexts`. It runs where the rows are read, so that only the text crosses to the thread that answers. */
export function listKeyTexts(db: SqlDatabase, query: KeyTextQuery, form: KeyForm): Promise<KeyTexts> {
  const before = threadWorkMs()
  return snapshot(db, async (trx) => {
    const { ids, next } = await findPage(db, trx, { ...query, sort: 'createdAt' })
    const rows = await textRows(db, trx, ids)
    return { ...written({ rows, next }, form), workMs: threadWorkMs() - before }
  })
}

async function textRows(db: SqlDatabase, trx: Trx, ids: readonly string[]): Promise<TextRow[]> {
  if (ids.length === 0) return []
  const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = keys.id`)
  const { rows } = await sql<TextRow>`
    select keys.id, keys.owner_id, keys.disabled, keys.labels, keys.expires_at, keys.created_at, keys.updated_at, keys.created_by_id,
      keys.updated_by_id, key_totals.last_used_at,
      (select key_prefix from secrets where secrets.key_id = keys.id order by ordinal desc limit 1) as key_prefix
    from keys ${totals} where ${db.oneOf(sql`keys.id`, ids)}`.execute(trx)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function written(
  { rows, next }: { rows: TextRow[]; next: Cursor | null },
  form: KeyForm,
): Omit<KeyTexts, 'workMs'> {
  const texts: string[] = []
  let characters = 0
  for (const row of rows) {
    const text = JSON.stringify(shownIn(form, readFields(row)))
    texts.push(text)
    characters += text.length
    if (characters >= PAGE_CHARACTERS) break
  }
  const last = rows[texts.length - 1]
  const isCut = texts.length < rows.length && last !== undefined
  return {
    json: new TextEncoder().encode(texts.join(',')),
    count: texts.length,
    next: isCut ? { value: Number(last.created_at), id: last.id } : next,
  }
}

function readFields(row: TextRow): KeyFields {
  const createdAt = Number(row.created_at)
  return {
    id: row.id as KeyId,
    ownerId: row.owner_id as UserId,
    keyPrefix: row.key_prefix,
    disabled: row.disabled === 1n,
    labels: JSON.parse(row.labels) as Record<string, string>,
    expiresAt: readExpiry(row.expires_at),
    lastUsedAt: row.last_used_at === UNUSED ? null : Number(row.last_used_at),
    createdAt,
    changedAt: row.updated_at === null ? createdAt : Number(row.updated_at),
    createdById: row.created_by_id as UserId,
    updatedById: row.updated_by_id as UserId,
  }
}
