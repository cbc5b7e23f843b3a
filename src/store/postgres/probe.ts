import pg from 'pg'
import { StoreOpenError } from '../open-error.ts'
import { whyUnusable } from './unusable.ts'

/** The properties of a PostgreSQL server, and whether the connection to it is encrypted. */
export interface PostgresFacts {
  version: string
  isEncrypted: boolean
  /** When it is off, a power loss can undo commits that the server has acknowledged. */
  fsync: boolean
}

const CONNECT_MS = 5_000

/** Reads these properties, and changes nothing. Throws {@link StoreOpenError} with the reason and the remedy. */
export async function probePostgres(url: string): Promise<PostgresFacts> {
  try {
    return await probe(url)
  } catch (error) {
    const reason = whyUnusable(error)
    throw reason === null ? error : new StoreOpenError(reason)
  }
}

async function probe(url: string): Promise<PostgresFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS })
  await client.connect()
  try {
    const { rows } = await client.query(
      "select current_setting('server_version') as version, current_setting('fsync') as fsync, coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as ssl",
    )
    const [{ version, fsync, ssl }] = rows as [{ version: string; fsync: string; ssl: boolean }]
    return { version, fsync: fsync === 'on', isEncrypted: ssl }
  } finally {
    await client.end()
  }
}
