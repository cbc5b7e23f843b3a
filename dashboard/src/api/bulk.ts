import type { Key } from '@latchkey/client'
import { api } from './client.ts'

/** What is done to many keys. */
export type BulkWork = 'disable' | 'revoke'

/** What became of each. */
export interface BulkResult {
  done: number
  failed: { key: Key; error: unknown }[]
}

/** What would become of the chosen keys: those that the work changes, and those that it finds done already. */
export function foreseen(work: BulkWork, keys: readonly Key[]): { changed: Key[]; untouched: Key[] } {
  const isDone = ({ status, disabled }: Key) => status === 'revoked' || (work === 'disable' && disabled)
  return { changed: keys.filter((key) => !isDone(key)), untouched: keys.filter(isDone) }
}

/** Does it to one after the other; what fails for one does not keep it from the others. */
export async function doInBulk(
  work: BulkWork,
  { keys, reason, onProgress }: { keys: readonly Key[]; reason: string; onProgress: (done: number) => void },
): Promise<BulkResult> {
  const result: BulkResult = { done: 0, failed: [] }
  for (const [index, key] of keys.entries()) {
    try {
      if (work === 'disable') await api.keys.update(key.id, { disabled: true })
      else await api.keys.revoke(key.id, { ...(reason === '' ? {} : { reason }) })
      result.done += 1
    } catch (error) {
      result.failed.push({ key, error })
    }
    onProgress(index + 1)
  }
  return result
}
