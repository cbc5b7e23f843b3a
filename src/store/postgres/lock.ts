import { Client, type ClientConfig } from 'pg'
import { StoreOpenError } from '../open-error.ts'

/** Tells our lock from those of other programs on the same database ("LATC" in ASCII). */
const LOCK_CLASS = 0x4c415443
/** How an operator finds the session that holds the lock in `pg_stat_activity`. */
export const LOCK_SESSION = 'latchkey lock'
const HEARTBEAT_MS = 2_000
const HEARTBEAT_ANSWER_MS = 5_000

/** The hold on a database that keeps a second process out. */
export interface DatabaseLock {
  /** Why it was lost, or null while it holds. */
  lost(): string | null
  release(): Promise<void>
}

/**
 * Takes the lock of the database's current schema on a connection of its own; the server lets go of it when the
 * connection ends, however it ends. Throws {@link StoreOpenError} when another process holds it. Calls `onLost` once when
 * the connection breaks: from then on another process may take it.
 */
export async function lockDatabase(
  config: ClientConfig,
  onLost: (reason: string) => void,
): Promise<DatabaseLock> {
  const client = new Client({ ...config, application_name: LOCK_SESSION, query_timeout: HEARTBEAT_ANSWER_MS })
  let held = false
  let lost: string | null = null

  function lose(reason: string): void {
    if (!held) return
    held = false
    lost = reason
    clearInterval(heartbeat)
    onLost(reason)
  }

  client.on('error', (error) => lose(error.message))
  client.on('end', () => lose('The connection that holds the lock has ended.'))
  // A connection that is cut in silence is only noticed by using it.
  const heartbeat = setInterval(
    () => client.query('select 1').catch((error) => lose(String(error))),
    HEARTBEAT_MS,
  )
  heartbeat.unref()

  async function release(): Promise<void> {
    held = false
    clearInterval(heartbeat)
    await client.end().catch(() => {})
  }

  try {
    await client.connect()
    const { rows } = await client.query<{ taken: boolean; name: string }>(
      `select current_database() as name, pg_try_advisory_lock($1, hashtext(coalesce(current_schema(), ''))) as taken`,
      [LOCK_CLASS],
    )
    const [answer] = rows
    if (!answer?.taken) {
      throw new StoreOpenError(`The database ${answer?.name} is in use by another Latchkey process.`)
    }
    held = true
  } catch (error) {
    await release()
    throw error
  }
  return { lost: () => lost, release }
}
