import type { Key } from '../../../core/types.ts'
import type { Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { wordsOf } from './words.ts'

/**
 * Writes by what a key is found besides its own row: its labels, and the words of its name and current mask. Given how
 * the key was before, writes only what differs.
 */
export async function writeFinders(trx: Trx, key: Key, before: Key | null): Promise<void> {
  await writeLabels(trx, key, before)
  await writeTerms(trx, key, before)
}

async function writeLabels(trx: Trx, key: Key, before: Key | null): Promise<void> {
  const old = new Map(Object.entries(before?.labels ?? {}))
  const labels = Object.entries(key.labels)
  const added = labels.filter(([name, value]) => old.get(name) !== value)
  const kept = new Map(labels)
  const gone = [...old].filter(([name, value]) => kept.get(name) !== value).map(([name]) => name)
  if (gone.length > 0) {
    await trx.deleteFrom('key_labels').where('key_id', '=', key.id).where('name', 'in', gone).execute()
  }
  if (added.length === 0) return
  const rows = added.map(([name, value]) => ({
    key_id: key.id,
    name,
    value,
    created_at: integer(key.createdAt),
  }))
  await trx.insertInto('key_labels').values(rows).execute()
}

async function writeTerms(trx: Trx, key: Key, before: Key | null): Promise<void> {
  const old = before === null ? new Set<string>() : termsOf(before)
  const terms = termsOf(key)
  const gone = [...old.difference(terms)]
  const added = [...terms.difference(old)]
  if (gone.length > 0) {
    await trx.deleteFrom('key_terms').where('key_id', '=', key.id).where('term', 'in', gone).execute()
  }
  if (added.length === 0) return
  await trx
    .insertInto('key_terms')
    .values(added.map((term) => ({ key_id: key.id, term })))
    .execute()
}

function termsOf(key: Key): Set<string> {
  return new Set([...wordsOf(key.name), ...wordsOf(key.secrets[0].mask)])
}
