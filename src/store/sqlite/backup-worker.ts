import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { lowerPriority } from '../reading/low-priority.ts'
import type { CopyAnswer, CopyCall, CopyFacts } from './backup.ts'

// The thread behind `copyDatabase` and `checkCopy`. Both read the whole file in one statement, and a person wants to see the progress.

lowerPriority()
parentPort?.postMessage(answerOf(workerData as CopyCall))

function answerOf(call: CopyCall): CopyAnswer {
  try {
    if (call.kind === 'copy') copy(call.path, call.to)
    return { facts: call.kind === 'check' ? check(call.path) : null }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

/** Copies the database as one read transaction sees it; the server goes on writing meanwhile. */
function copy(path: string, to: string): void {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.prepare('vacuum into ?').run(to)
  } finally {
    database.close()
  }
}

function check(path: string): CopyFacts {
  const database = new DatabaseSync(path, { readOnly: true })
  const one = (sql: string): Record<string, unknown> => database.prepare(sql).get() as Record<string, unknown>
  try {
    const { integrity_check: integrity } = one('pragma integrity_check')
    if (integrity !== 'ok') throw new Error(`The file is damaged: ${String(integrity)}`)
    if (database.prepare('pragma foreign_key_check').all().length > 0)
      throw new Error('The file lacks rows that others name.')
    const tables = database
      .prepare("select name from sqlite_schema where name in ('meta', 'keys', 'secrets')")
      .all()
    if (tables.length !== 3) throw new Error('The file is a database, and none of Latchkey.')
    const { value } = one("select value from meta where name = 'revision'")
    const { keys } = one('select count(*) as keys from keys')
    return { revision: Number(value), keys: Number(keys) }
  } finally {
    database.close()
  }
}
