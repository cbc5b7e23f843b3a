import { sql } from 'kysely'
import { searchedText } from '../../../core/keys/search-text.ts'
import type { Key } from '../../../core/types.ts'
import type { Trx } from '../base/database.ts'
import { writeNext } from '../base/query-hints.ts'
import { integer } from '../base/rows.ts'

/**
 * Writes the other rows by which a key is found: its labels, and the text of its name and current mask. With the former state of the key,
 * it writes only the differences.
 */
export async function writeFinders(trx: Trx, key: Key, before: Key | null): Promise<void> {
  await writeLabels(trx, key, before)
  await writeSearchText(trx, key, before)
}

async function writeLabels(trx: Trx, key: Key, before: Key | null): Promise<void> {
  const old = new Map(Object.entries(before?.labels ?? {}))
  const labels = Object.entries(key.labels)
  const added = labels.filter(([name, value]) => old.get(name) !== value)
  const kept = new Map(labels)
  const gone = [...old].filter(([name, value]) => kept.get(name) !== value).map(([name]) => name)
  if (gone.length > 0) {
    await writeNext(trx, trx.deleteFrom('key_labels').where('key_id', '=', key.id).where('name', 'in', gone))
  }
  if (added.length === 0) return
  const rows = added.map(([name, value]) => ({
    key_id: key.id,
    name,
    value,
    created_at: integer(key.createdAt),
  }))
  await writeNext(trx, trx.insertInto('key_labels').values(rows))
}

/** The text under which the search index has the key stays in `former` until the index is updated. */
async function writeSearchText(trx: Trx, key: Key, before: Key | null): Promise<void> {
  const text = textOf(key)
  if (before !== null) {
    if (textOf(before) === text) return
    const changed = await sql`
      update key_search set
        former = case when pending = 1 then former else text end, text = ${text}, pending = 1
      where key_id = ${key.id}`.execute(trx)
    // After an upgrade the key may not have its row yet.
    if (changed.numAffectedRows === 1n) return
  }
  const added = sql`
    insert into key_search (key_id, created_at, text, pending)
    values (${key.id}, ${integer(key.createdAt)}, ${text}, 1)
    on conflict (key_id) do update set text = excluded.text, pending = 1`
  await writeNext(trx, { compile: () => added.compile(trx) })
}

function textOf({ name, secrets: [{ mask }] }: Key): string {
  return searchedText({ name, mask })
}
