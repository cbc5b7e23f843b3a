import { Client, type ClientConfig } from 'pg'

/** A member of a client that its types lack: the server process that was announced when it connected. */
interface Announced {
  processID: number | null
}

/**
 * Whether a pooler stands between us and the server. It may give each transaction another session, so nothing may be set on a session,
 * and no session receives notifications. A pooler announces a process of its own; the server names the one that really answers.
 */
export async function isPooled(config: ClientConfig): Promise<boolean> {
  const client = new Client(config)
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return (client as unknown as Announced).processID !== rows[0]?.pid
  } finally {
    await client.end().catch(() => {})
  }
}
