import { statfsSync, statSync } from 'node:fs'
import type { SqliteEngine } from './engine.ts'

const PAGE_BYTES = 4096
/** Further growth of the file, and the space that the next commit needs. */
const SPARE_BYTES = 256 * 1024

/**
 * Copies the write-ahead log into the file, if the disk has room for the growth of the file. Then the log is written again from its
 * start; a log that is never copied would grow with each commit. True when it was copied.
 */
export async function reuseLog(engine: SqliteEngine, path: string): Promise<boolean> {
  const { rows } = await engine.execute('pragma page_count', [])
  const [pages] = Object.values(rows[0] as Record<string, bigint>)
  const growth = Number(pages) * PAGE_BYTES - statSync(path).size
  const { bavail, bsize } = statfsSync(path)
  if (growth + SPARE_BYTES > bavail * bsize) return false
  const copied = await engine.execute('pragma wal_checkpoint(restart)', [])
  const [busy] = Object.values(copied.rows[0] as Record<string, bigint>)
  return busy === 0n
}
