import { Client, type ClientConfig } from 'pg'

/** The part of a client that its types leave out: the process that the server said, at the connection, to be ours. */
interface Announced {
  processID: number | null
}

/**
 * Whether a pooler stands between us and the server. It gives each transaction another session, so nothing may be set on a session, and
 * none hears notifications. A pooler names a process of its own; the server names the one that answers.
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
