import { statSync } from 'node:fs'
import { Fault } from '../../core/ground/faults.ts'
import { StoreOpenError } from '../open-error.ts'
import type { SqliteEngine } from './engine.ts'

/**
 * Whether the files at a database's path are still the open ones. A deleted or replaced file accepts writes until the process ends,
 * and then they are lost.
 */
export interface FileIdentity {
  /** Throws `store_unavailable` while the files at the path are not the open ones. It passes again when they are back. */
  requireSame(): void
}

/** Remembers the files of an open database. `onChange` is called once when they are gone, and once when they are back. */
export function watchFiles(path: string, onChange: (what: string) => void): FileIdentity {
  const files = [path, `${path}-wal`].map((file) => ({ file, identity: identityAt(file) }))
  let missing: string | null = null

  return {
    requireSame() {
      const gone = files.find(({ file, identity }) => identityAt(file) !== identity)?.file ?? null
      if (gone !== missing) {
        missing = gone
        onChange(gone === null ? `The files of ${path} are back.` : reasonFor(gone))
      }
      if (missing !== null) throw new Fault('store_unavailable', { internal: reasonFor(missing) })
    },
  }
}

/** The engine, which answers a commit only while its file is still at its path. */
export function answeringFor(engine: SqliteEngine, { requireSame }: FileIdentity): SqliteEngine {
  return {
    async execute(sql, parameters) {
      const result = await engine.execute(sql, parameters)
      if (sql === 'commit') requireSame()
      return result
    },
    async executeAll(statements, hasLookedUp) {
      const result = await engine.executeAll(statements, hasLookedUp)
      if (statements.at(-1)?.sql === 'commit') requireSame()
      return result
    },
    async runSteps(steps) {
      const fits = await engine.runSteps(steps)
      requireSame()
      return fits
    },
    close: () => engine.close(),
  }
}

/**
 * Refuses a file with a second name, because a process that opens it by the other name would use another lock. Throws {@link
 * StoreOpenError}.
 */
export function requireOneName(path: string): void {
  const found = statSync(path)
  if (!found.isFile()) throw new StoreOpenError(`${path} is not a file, so it cannot be a database.`)
  const { nlink } = found
  if (nlink === 1) return
  throw new StoreOpenError(
    `${path} has ${nlink} names (hard links), and a second process could open it by another one. ` +
      'Keep one name; a backup must be a copy.',
  )
}

function reasonFor(file: string): string {
  return `${file} is no longer the file that is open: it was deleted, moved or replaced. Nothing is written until it is back; stop the server before moving its data.`
}

function identityAt(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? null : `${found.dev} ${found.ino}`
}
