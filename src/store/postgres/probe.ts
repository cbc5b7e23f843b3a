import pg from 'pg'

/** What a PostgreSQL server says of itself, and whether the connection to it is encrypted. */
export interface PostgresFacts {
  version: string
  isEncrypted: boolean
  /** Off, the server acknowledges what a power loss takes back. */
  fsync: boolean
}

const CONNECT_MS = 5_000

/** Asks a PostgreSQL server about itself, and changes nothing. Throws what the driver throws. */
export async function probePostgres(url: string): Promise<PostgresFacts> {
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
