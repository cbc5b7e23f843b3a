import { resolve } from 'node:path'
import { isLocalHost } from './config/local-hosts.ts'
import { type Config, SETTINGS } from './config/settings.ts'
import { probePostgres } from './store/postgres/probe.ts'

/** The description of the database at the start. */
export interface ShownDatabase {
  /** Its address, and for PostgreSQL whether the connection is encrypted. */
  shown: string
  /** The warnings for the operator; none when there is no problem. */
  warnings: string[]
}

/**
 * Describes where the data is: the whole path of a file, because a relative one depends on the folder in which the server was started;
 * and whether others on the network can read the traffic to PostgreSQL. `isNew` is true for a database that was empty before this
 * start.
 */
export async function showDatabase(
  { database }: Pick<Config, 'database'>,
  { isNew, probe = probePostgres }: { isNew: boolean; probe?: typeof probePostgres },
): Promise<ShownDatabase> {
  if (database.kind === 'postgres') {
    const url = database.url.reveal()
    // The database answered a moment ago. If it is away now, the log reports that.
    const isEncrypted = await probe(url).then(
      (facts) => facts.isEncrypted,
      () => null,
    )
    const how = isEncrypted === null ? '' : isEncrypted ? ' (TLS)' : ' (not encrypted)'
    const isOpen = isEncrypted === false && !isLocalHost(hostOf(url))
    return {
      shown: `${database.shown}${how}`,
      warnings: [...newWarning(database.shown, { isNew }), ...(isOpen ? [PLAIN] : [])],
    }
  }
  if (database.path === ':memory:') return { shown: `${database.shown} (lost at exit)`, warnings: [] }
  const path = resolve(database.path)
  return {
    shown: `sqlite:${path}`,
    warnings: newWarning(path, { isNew, place: ' and the folder in which it was started' }),
  }
}

const PLAIN =
  'The connection to PostgreSQL is not encrypted, and leaves this machine: whoever is on the way can read and change what is stored. Add ?sslmode=verify-full to its URL.'

/** The warning about a database that this start has created; `place` names what else decides where it is. */
function newWarning(shown: string, { isNew, place = '' }: { isNew: boolean; place?: string }): string[] {
  if (!isNew) return []
  const { env } = SETTINGS.database
  return [
    `The database was empty and is set up now: ${shown}. If your keys should be there, stop the server and check ${env}${place}.`,
  ]
}

/** The host of an address, also one that is given as a parameter, as for a socket in a folder. */
function hostOf(url: string): string {
  const { hostname, searchParams } = new URL(url)
  const host = hostname === '' ? (searchParams.get('host') ?? '') : hostname
  return host.startsWith('/') || host.startsWith('%2F') ? '' : host
}
