import type { Key } from '@latchkey/client'
import { api } from './client.ts'

/** A change of many keys. */
export type BulkWork = 'disable' | 'revoke'

/** The result for each key. */
export interface BulkResult {
  done: number
  failed: { key: Key; why: string | Error }[]
}

/** The keys that would change, and the others. */
export interface Foreseen {
  changed: Key[]
  untouched: Key[]
}

/** Finds out which of the chosen keys would change; for a revocation the server tells it in a dry run. */
export async function foresee(work: BulkWork, keys: readonly Key[]): Promise<Foreseen> {
  if (work === 'disable') return split(keys, ({ status, disabled }) => status !== 'revoked' && !disabled)
  const { results } = await api.keys.revokeMany({ ids: keys.map(({ id }) => id), dryRun: true })
  const ends = new Set(results.filter(({ status }) => status === 'revoked').map(({ id }) => id))
  return split(keys, ({ id }) => ends.has(id))
}

function split(keys: readonly Key[], changes: (key: Key) => boolean): Foreseen {
  return { changed: keys.filter(changes), untouched: keys.filter((key) => !changes(key)) }
}

/** Makes the change. A failure for one key does not stop the others. */
export async function doInBulk(
  work: BulkWork,
  { keys, reason, onProgress }: { keys: readonly Key[]; reason: string; onProgress: (done: number) => void },
): Promise<BulkResult> {
  if (work === 'revoke') return revokeAll(keys, reason)
  const result: BulkResult = { done: 0, failed: [] }
  for (const [index, key] of keys.entries()) {
    try {
      await api.keys.update(key.id, { disabled: true })
      result.done += 1
    } catch (error) {
      result.failed.push({ key, why: error instanceof Error ? error : String(error) })
    }
    onProgress(index + 1)
  }
  return result
}

async function revokeAll(keys: readonly Key[], reason: string): Promise<BulkResult> {
  const given = reason.trim() === '' ? {} : { reason: reason.trim() }
  const { results, revoked } = await api.keys.revokeMany({ ids: keys.map(({ id }) => id), ...given })
  const byId = new Map(keys.map((key) => [key.id, key]))
  const failed = results.flatMap(({ key: named, status, detail }) => {
    const key = byId.get(named)
    const isDone = status === 'revoked' || status === 'already_revoked'
    return isDone || key === undefined
      ? []
      : [{ key, why: detail ?? 'It is the key that you signed in with.' }]
  })
  return { done: revoked, failed }
}
