import type { z } from 'zod'
import { type Given, type GivenSetting, readSources, type SettingSources, shown } from './sources.ts'
import {
  addressBlocks,
  clientAddressHeader,
  databaseUrl,
  durationBetween,
  durationOrForever,
  durationUpTo,
  filePath,
  flag,
  hostName,
  keyPrefix,
  logLevel,
  port,
  publicUrl,
  rate,
  redisUrl,
  requestLog,
  rootSecret,
  usdAmount,
  wholeNumber,
} from './values.ts'
import { wrappingOf } from './wrapping.ts'

/** One row of the table of settings. */
interface Setting {
  /** Environment variable; a secret one may be given as `<env>_FILE` as well. */
  env: `LATCHKEY_${string}`
  /** Flag of `serve`; a secret one may be given as `<flag>-file` as well. */
  flag: `--${string}`
  schema: z.ZodType<unknown, string>
  /** The value when nothing is given, as a user would write it; null for none. */
  default: string | null
  /** Its effect, in whole sentences for docs/configuration.md. */
  doc: string
  /** A switch whose flag may be given without a value, which means true. */
  bare?: true
  /** Its value is never shown, neither in messages nor in logs. */
  secret?: true
}

/** Every setting of the server. docs/configuration.md is written from this table. */
export const SETTINGS = {
  host: {
    env: 'LATCHKEY_HOST',
    flag: '--host',
    schema: hostName,
    default: '127.0.0.1',
    doc: 'Where the server listens. `0.0.0.0` or `::` for every interface.',
  },
  port: {
    env: 'LATCHKEY_PORT',
    flag: '--port',
    schema: port,
    default: '8080',
    doc: 'Port the server listens on. `0` takes any free one and prints it.',
  },
  publicUrl: {
    env: 'LATCHKEY_PUBLIC_URL',
    flag: '--public-url',
    schema: publicUrl,
    default: null,
    doc: 'The address at which clients and browsers reach the server, such as `https://example.com/latchkey`, where it is behind a proxy. The OpenAPI document names it, and the reference, the dashboard and `Location` headers keep to its path. The proxy takes that path away before it passes a request on.',
  },
  database: {
    env: 'LATCHKEY_DATABASE_URL',
    flag: '--database-url',
    schema: databaseUrl,
    default: 'sqlite:./data/latchkey.db',
    doc: 'Where everything is kept: `sqlite:PATH`, `sqlite::memory:` (lost at exit) or `postgres://user:password@host:port/name`.',
    secret: true,
  },
  rootKey: {
    env: 'LATCHKEY_ROOT_KEY',
    flag: '--root-key',
    schema: rootSecret,
    default: null,
    doc: 'Secret of the first root user, used at the first start only and printed nowhere. A secret of our own format, or 32 to 256 printable ASCII characters without spaces. Without it one is made and printed once.',
    secret: true,
  },
  autoInit: {
    env: 'LATCHKEY_AUTO_INIT',
    flag: '--auto-init',
    schema: flag,
    default: 'true',
    doc: 'Whether the first start makes the root user. With `false`, `POST /v1/system/init` does it.',
  },
  keyPrefix: {
    env: 'LATCHKEY_KEY_PREFIX',
    flag: '--key-prefix',
    schema: keyPrefix,
    default: 'lk',
    doc: 'The prefix of new secrets, before the underscore: letters, digits, inner underscores, at most 16 characters. Secrets made before keep theirs.',
  },
  goodmemKeyPrefix: {
    env: 'LATCHKEY_GOODMEM_KEY_PREFIX',
    flag: '--goodmem-key-prefix',
    schema: keyPrefix,
    default: null,
    doc: 'The same for keys made through `/v1`. Without it, the key prefix.',
  },
  openrouterKeyPrefix: {
    env: 'LATCHKEY_OPENROUTER_KEY_PREFIX',
    flag: '--openrouter-key-prefix',
    schema: keyPrefix,
    default: null,
    doc: 'The same for keys made through `/api/v1`. Without it, the key prefix.',
  },
  trustedProxies: {
    env: 'LATCHKEY_TRUSTED_PROXIES',
    flag: '--trusted-proxies',
    schema: addressBlocks,
    default: '',
    doc: 'Proxies that are trusted to name the client address: IP addresses and CIDR blocks, separated by commas.',
  },
  clientAddressHeader: {
    env: 'LATCHKEY_CLIENT_ADDRESS_HEADER',
    flag: '--client-address-header',
    schema: clientAddressHeader,
    default: 'x-forwarded-for',
    doc: 'The header in which trusted proxies name the client: `x-forwarded-for`, `forwarded` (RFC 7239) or `x-real-ip`. Name the header that your proxy writes; any other may come from the client and is ignored.',
  },
  authorizeRules: {
    env: 'LATCHKEY_AUTHORIZE_RULES',
    flag: '--authorize-rules',
    schema: filePath,
    default: null,
    doc: 'A JSON file with the demands of `/v2/authorize` by method and path, for gateways that cannot send them. Read at the start, and again on SIGHUP; if it then has an error, the old rules stay in force.',
  },
  logLevel: {
    env: 'LATCHKEY_LOG_LEVEL',
    flag: '--log-level',
    schema: logLevel,
    default: 'info',
    doc: 'How much is logged: `debug` (a line of every request, whatever `LATCHKEY_REQUEST_LOG` says, those of `/readyz` as well), `info`, `warn`, `error`, `fatal` or `silent`. docs/logs.md lists the members of a line.',
  },
  requestLog: {
    env: 'LATCHKEY_REQUEST_LOG',
    flag: '--request-log',
    schema: requestLog,
    default: 'refused',
    doc: 'The requests that are logged, at the level `info`: `none`, `refused` (those that were answered 400 or above, and verifies that refused a key), `sampled` (these, and one in a hundred of the others) or `all`. Of those that were refused, one key or address has 60 lines at once and then one a second, unless it is `all`. Lines are written in batches beside the answers; who did what stands in the audit log anyway.',
  },
  metricsPort: {
    env: 'LATCHKEY_METRICS_PORT',
    flag: '--metrics-port',
    schema: port,
    default: null,
    doc: 'Port that serves `/metrics` without a credential. Without it, `/metrics` is on the main port and needs one.',
  },
  metricsHost: {
    env: 'LATCHKEY_METRICS_HOST',
    flag: '--metrics-host',
    schema: hostName,
    default: '127.0.0.1',
    doc: 'Where the metrics port listens.',
  },
  managementRate: {
    env: 'LATCHKEY_MANAGEMENT_RATE',
    flag: '--management-rate',
    schema: rate,
    default: '1200/1m',
    doc: 'Management calls that one credential may make, per window.',
  },
  dataRate: {
    env: 'LATCHKEY_DATA_RATE',
    flag: '--data-rate',
    schema: rate,
    default: '2000/1s',
    doc: 'Calls of the data plane (verify, reservations, usage) that one credential of a USER may make, per window.',
  },
  serviceRate: {
    env: 'LATCHKEY_SERVICE_RATE',
    flag: '--service-rate',
    schema: rate,
    default: '50000/1s',
    doc: 'The same for a credential of those who serve others: SERVICE, ADMIN and ROOT.',
  },
  failedAuthRate: {
    env: 'LATCHKEY_FAILED_AUTH_RATE',
    flag: '--failed-auth-rate',
    schema: rate,
    default: '60/1m',
    doc: 'Failed authentications that one client address may make, per window.',
  },
  acceptOlder: {
    env: 'LATCHKEY_ACCEPT_OLDER_DATABASE',
    flag: '--accept-older-database',
    bare: true,
    schema: flag,
    default: 'false',
    doc: 'For one start: accepts a database that is older than the last answered change, such as a restored backup. Keys that were revoked since then work again until you revoke them again; the audit log records the consent.',
  },
  revisionFile: {
    env: 'LATCHKEY_REVISION_FILE',
    flag: '--revision-file',
    schema: filePath,
    default: null,
    doc: 'With PostgreSQL: a file on a disk that outlives this process, which remembers the highest revision that was answered, so that a start on an older copy is refused. Each process needs its own. SQLite has one beside its file and ignores this.',
  },
  publicRate: {
    env: 'LATCHKEY_PUBLIC_RATE',
    flag: '--public-rate',
    schema: rate,
    default: '300/1m',
    doc: 'Calls that need no credential and that one client address (or IPv6 /64) may make, per window. `/livez` and `/readyz` do not count.',
  },
  publicRateTotal: {
    env: 'LATCHKEY_PUBLIC_RATE_TOTAL',
    flag: '--public-rate-total',
    schema: rate,
    default: '3000/1m',
    doc: 'The same for all addresses together.',
  },
  dashboard: {
    env: 'LATCHKEY_DASHBOARD',
    flag: '--dashboard',
    schema: flag,
    default: 'true',
    doc: 'Whether there is a dashboard at `/`. With `false`, `/` leads to the reference and nobody can sign in with a browser.',
  },
  sessionIdleMs: {
    env: 'LATCHKEY_SESSION_IDLE',
    flag: '--session-idle',
    schema: durationBetween({ shortest: '1m', longest: '1d', such: '30m' }),
    default: '30m',
    doc: 'How long a browser stays signed in while nobody does anything: `1m` to `1d`.',
  },
  sessionLifeMs: {
    env: 'LATCHKEY_SESSION_LIFE',
    flag: '--session-life',
    schema: durationBetween({ shortest: '1m', longest: '30d', such: '12h' }),
    default: '12h',
    doc: 'How long a browser stays signed in at most: `1m` to `30d`.',
  },
  eventRetentionMs: {
    env: 'LATCHKEY_EVENT_RETENTION',
    flag: '--event-retention',
    schema: durationBetween({ shortest: '45d', longest: '3650d', such: '90d' }),
    default: '90d',
    doc: 'How long single usage events are kept: `45d` to `3650d`. For that long repeating an event changes nothing. Sums and reports stay for ever.',
  },
  auditRetentionMs: {
    env: 'LATCHKEY_AUDIT_RETENTION',
    flag: '--audit-retention',
    schema: durationOrForever({ shortest: '90d', longest: '3650d', such: '400d' }),
    default: 'forever',
    doc: 'How long the audit log keeps changes: `forever`, or `90d` to `3650d`.',
  },
  deniedRetentionMs: {
    env: 'LATCHKEY_DENIED_RETENTION',
    flag: '--denied-retention',
    schema: durationBetween({ shortest: '1d', longest: '3650d', such: '90d' }),
    default: '90d',
    doc: 'How long it keeps denied attempts: `1d` to `3650d`.',
  },
  factsMemoryMib: {
    env: 'LATCHKEY_FACTS_MEMORY',
    flag: '--facts-memory',
    schema: wholeNumber({ least: 1, most: 65_536, of: 'MiB' }),
    default: '192',
    doc: 'Memory for the facts of keys that verify uses, in MiB: `1` to `65536`. An ordinary key takes about 3 KiB, the largest possible one about 40 KiB. Facts that do not fit are read from the database each time.',
  },
  keysPerUser: {
    env: 'LATCHKEY_KEYS_PER_USER',
    flag: '--keys-per-user',
    schema: wholeNumber({ least: 1, most: 1_000_000, of: 'keys' }),
    default: '1000',
    doc: 'Keys that one USER may own and that are not revoked: `1` to `1000000`. Other roles may own any number.',
  },
  holdsPerKey: {
    env: 'LATCHKEY_HOLDS_PER_KEY',
    flag: '--holds-per-key',
    schema: wholeNumber({ least: 1, most: 100_000, of: 'reservations' }),
    default: '1000',
    doc: 'Reservations of one key that may be open at the same time: `1` to `100000`.',
  },
  holdsPerUser: {
    env: 'LATCHKEY_HOLDS_PER_USER',
    flag: '--holds-per-user',
    schema: wholeNumber({ least: 1, most: 1_000_000, of: 'reservations' }),
    default: '100000',
    doc: 'The same of all keys of one user together, whatever its role: `1` to `1000000`. A reservation counts for the user that owned its key when it was made.',
  },
  amountMax: {
    env: 'LATCHKEY_AMOUNT_MAX',
    flag: '--amount-max',
    schema: usdAmount,
    default: '10000',
    doc: 'The largest amount, in USD, of one usage event, charge, settlement or reservation: a larger one is 400, because it is usually a mistake in the unit. At most `1000000000`. A reserved amount can always be settled.',
  },
  diskReserveMib: {
    env: 'LATCHKEY_DISK_RESERVE',
    flag: '--disk-reserve',
    schema: wholeNumber({ least: 0, most: 1_024, of: 'MiB' }),
    default: '16',
    doc: 'Disk kept beside a SQLite file, in MiB, so that keys can be revoked when the rest is full: `0` to `1024`. On a small disk it is at most a quarter of what is free.',
  },
  redisUrl: {
    env: 'LATCHKEY_REDIS_URL',
    flag: '--redis-url',
    schema: redisUrl,
    default: null,
    doc: 'Redis 6 or later, or Valkey, in which nodes count the rate limits of keys together: `redis://user:password@host:port/number`, or `rediss://` over TLS. Without it, and while it cannot be reached, each node counts by itself. Nothing else rests on it.',
    secret: true,
  },
  leaseMs: {
    env: 'LATCHKEY_LEASE',
    flag: '--lease',
    schema: durationUpTo('5s'),
    default: '1s',
    doc: 'On PostgreSQL: how long a node that hears nothing from the database goes on answering from memory, and how long a revocation waits for a node that does not answer: `1s` to `5s`.',
  },
  shutdownGraceMs: {
    env: 'LATCHKEY_SHUTDOWN_GRACE',
    flag: '--shutdown-grace',
    schema: durationUpTo('1h'),
    default: '10s',
    doc: 'How long requests that are running may take to finish after SIGTERM: `1s` to `1h`.',
  },
  requestTimeoutMs: {
    env: 'LATCHKEY_REQUEST_TIMEOUT',
    flag: '--request-timeout',
    schema: durationUpTo('1h'),
    default: '10s',
    doc: 'How long a client may take to send one whole request: `1s` to `1h`.',
  },
  idleTimeoutMs: {
    env: 'LATCHKEY_IDLE_TIMEOUT',
    flag: '--idle-timeout',
    // Bun's HTTP server takes at most 255 seconds.
    schema: durationUpTo('4m'),
    default: '10s',
    doc: 'How long a connection may be silent: `1s` to `4m`.',
  },
} as const satisfies Record<string, Setting>

type Table = typeof SETTINGS
type Values = {
  [Name in keyof Table]:
    | z.output<Table[Name]['schema']>
    | (Table[Name]['default'] extends null ? null : never)
}

/** The settings of a running server, read and checked. */
export interface Config extends Omit<Values, 'goodmemKeyPrefix' | 'openrouterKeyPrefix'> {
  goodmemKeyPrefix: string
  openrouterKeyPrefix: string
}

/** The settings, or all problems: one line each, without any secret. */
export type LoadedConfig = { ok: true; config: Config } | { ok: false; problems: string[] }

/** Reads and checks every setting. It throws nothing, and reads only its arguments. */
export function loadConfig(sources: SettingSources): LoadedConfig {
  const names: Setting[] = Object.values(SETTINGS)
  const given: Given = readSources(names, sources)
  const problems = [...given.problems]
  const values = Object.keys(SETTINGS).map((name, index) => {
    const setting = names[index]
    return [name, setting === undefined ? null : readValue(setting, given.settings[index] ?? null, problems)]
  })
  if (problems.length > 0) return { ok: false, problems }
  return finish(Object.fromEntries(values) as Values)
}

function readValue(setting: Setting, given: GivenSetting | null, problems: string[]): unknown {
  const text = given?.text ?? setting.default
  if (text === null) return null
  const wrapped = wrappingOf(text)
  if (wrapped !== null) {
    problems.push(`${given?.name ?? setting.env} ${wrapped}`)
    return null
  }
  const read = setting.schema.safeParse(text)
  if (read.success) return read.data
  const but = setting.secret ? '' : `, but is ${shown(text)}`
  problems.push(`${given?.name ?? setting.env} ${read.error.issues[0]?.message}${but}.`)
  return null
}

/** The problems of settings that contradict each other. */
function finish(values: Values): LoadedConfig {
  const { keyPrefix, goodmemKeyPrefix, openrouterKeyPrefix, port, metricsPort } = values
  if (metricsPort !== null && metricsPort !== 0 && metricsPort === port) {
    return { ok: false, problems: [`LATCHKEY_METRICS_PORT must not be LATCHKEY_PORT, but both are ${port}.`] }
  }
  return {
    ok: true,
    config: {
      ...values,
      goodmemKeyPrefix: goodmemKeyPrefix ?? keyPrefix,
      openrouterKeyPrefix: openrouterKeyPrefix ?? keyPrefix,
    },
  }
}
