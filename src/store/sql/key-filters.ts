import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Instant } from '../../core/clock.ts'
import type { KeyStatus } from '../../core/types.ts'
import type { KeyQuery } from '../store.ts'
import { integer } from './rows.ts'
import { endOfWords, wordsOf } from './words.ts'

/** One condition of the key list. */
export interface KeyFilter {
  /** True for the keys wanted; a condition on the tables `keys` and `key_totals`. */
  condition: RawBuilder<SqlBool>
  /** How to find at least the keys wanted without looking at any other; null when no index knows them. */
  source: KeySource | null
}

/** The end of a SELECT that runs on an index, and the column in it that holds the key's id. */
export interface KeySource {
  from: RawBuilder<unknown>
  keyId: 'id' | 'key_id'
}

/** The keys of the query's workspace and owner, revoked or not; conditions on a table that has these three columns. */
export function scopeOf(query: KeyQuery, table: 'keys' | 'key_totals'): RawBuilder<SqlBool>[] {
  const { status, workspaceId, ownerId } = query
  const column = (name: string) => sql.ref(`${table}.${name}`)
  const scope = [sql<SqlBool>`${column('revoked')} = ${revokedFlag(status)}`]
  if (workspaceId !== undefined) scope.push(sql<SqlBool>`${column('workspace_id')} = ${workspaceId}`)
  if (ownerId !== undefined) scope.push(sql<SqlBool>`${column('owner_id')} = ${ownerId}`)
  return scope
}

/** Every other condition of the query. */
export function filtersOf(query: KeyQuery): KeyFilter[] {
  const { status, access, includeDisabled, labels, search, unusedSince, expiresBefore, at } = query
  const filters: KeyFilter[] = []
  const add = (condition: RawBuilder<SqlBool>) =>
    filters.push({ condition, source: onKeys(query, condition) })
  if (status !== undefined && status !== 'revoked') filters.push(statusFilter(query, status, at))
  if (access !== undefined) add(sql`keys.access = ${access}`)
  if (includeDisabled === false) filters.push({ condition: sql`keys.disabled = 0`, source: null })
  if (unusedSince !== undefined) filters.push(unusedFilter(query, unusedSince))
  if (expiresBefore !== undefined) add(sql`keys.expires_at < ${integer(expiresBefore)}`)
  for (const label of labels ?? []) filters.push(labelFilter(label))
  for (const word of new Set(wordsOf(search ?? ''))) filters.push(wordFilter(word))
  return filters
}

// The order in which a key's states hide each other is that of a verify (spec.md §4): a key that is switched off is
// disabled, whatever its times.
function statusFilter(query: KeyQuery, status: Exclude<KeyStatus, 'revoked'>, instant: Instant): KeyFilter {
  const at = integer(instant)
  const begun = sql`keys.disabled = 0 and (keys.not_before is null or keys.not_before <= ${at})`
  const expired = sql<SqlBool>`keys.expires_at <= ${at}`
  const lasting = sql<SqlBool>`keys.expires_at > ${at}`
  const ahead = sql<SqlBool>`keys.not_before > ${at}`
  // The number stands in the text, because only then is the index of just these rows used.
  const disabled = sql<SqlBool>`keys.disabled = 1`
  switch (status) {
    case 'disabled':
      return { condition: disabled, source: onKeys(query, disabled) }
    case 'not_yet_valid':
      return { condition: sql`keys.disabled = 0 and ${ahead}`, source: onKeys(query, ahead) }
    case 'expired':
      return { condition: sql`${begun} and ${expired}`, source: onKeys(query, expired) }
    case 'active':
      return { condition: sql`${begun} and ${lasting}`, source: onKeys(query, lasting) }
  }
}

function unusedFilter({ status }: KeyQuery, since: Instant): KeyFilter {
  const condition = sql<SqlBool>`key_totals.last_used_at < ${integer(since)}`
  const from = sql`from key_totals where key_totals.revoked = ${revokedFlag(status)} and ${condition}`
  return { condition, source: { from, keyId: 'key_id' } }
}

function onKeys({ status }: KeyQuery, condition: RawBuilder<SqlBool>): KeySource {
  return { from: sql`from keys where keys.revoked = ${revokedFlag(status)} and ${condition}`, keyId: 'id' }
}

function revokedFlag(status: KeyStatus | undefined): bigint {
  return status === 'revoked' ? 1n : 0n
}

function labelFilter({ name, value }: { name: string; value: string }): KeyFilter {
  const pair = sql`key_labels.name = ${name} and key_labels.value = ${value}`
  return {
    condition: sql`exists (select 1 from key_labels where key_labels.key_id = keys.id and ${pair})`,
    source: { from: sql`from key_labels where ${pair}`, keyId: 'key_id' },
  }
}

function wordFilter(word: string): KeyFilter {
  const range = sql`key_terms.term >= ${word} and key_terms.term < ${endOfWords(word)}`
  return {
    condition: sql`exists (select 1 from key_terms where key_terms.key_id = keys.id and ${range})`,
    source: { from: sql`from key_terms where ${range}`, keyId: 'key_id' },
  }
}
