import { z } from 'zod'
import { isAddressBlock } from '../core/ground/addresses.ts'
import { MAX } from '../core/ground/bounds.ts'
import { parseDuration } from '../core/ground/durations.ts'
import { isSecretPrefix, Secret, wrongWithChosen } from '../core/ground/secret.ts'
import { formatUsd, type NanoUsd, parseUsd, USD_MAX } from '../core/money/money.ts'
import type { LogLevel } from '../log/log.ts'
import type { RequestLogMode } from '../log/request-lines.ts'

// The kinds of values that settings have. Each reads a text and has one message, which ends the sentence "<name> must be".

/** The place of the data. `shown` may be printed: it has neither password nor parameters. */
export type DatabaseLocation =
  | { kind: 'sqlite'; path: string; shown: string }
  | { kind: 'postgres'; url: Secret; shown: string }

/** At most `limit` calls in `windowMs`. */
export interface Rate {
  limit: number
  windowMs: number
}

const SAFE_INTEGER = /^\d{1,15}$/

/** A name or address of a network interface. */
export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an IP address, such as 127.0.0.1 or 0.0.0.0')

/** A TCP port; 0 takes any free one. */
export const port = parsed('must be a whole number from 0 to 65535', (text) => integerIn(text, 0, 65_535))

/** Where clients reach the server: an address without a slash at its end. */
export const publicUrl = parsed(
  'must be an address such as https://example.com or https://example.com/latchkey, without a user, a query or a #',
  (text) => {
    if (!URL.canParse(text)) return null
    const { protocol, username, password, search, hash, origin, pathname } = new URL(text)
    const isPlain = `${username}${password}${search}${hash}` === '' && !/[?#]/.test(text)
    // Such a path stands in pages and headers just as it is.
    const isPath = /^(\/[A-Za-z0-9._~-]+)*\/?$/.test(pathname)
    return isPlain && isPath && /^https?:$/.test(protocol) ? `${origin}${pathname}`.replace(/\/$/, '') : null
  },
)

/** The path of a file. */
export const filePath = z.string().regex(/^[^\0]{1,4096}$/, 'must be the path of a file')

/** A switch. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')

/** The prefix of a secret, before its underscore. */
export const keyPrefix = parsed(
  'must be letters, digits and inner underscores, at most 16 characters',
  (text) => (isSecretPrefix(text) ? text : null),
)

/** Addresses and CIDR blocks, separated by commas; empty for none. */
export const addressBlocks = parsed(
  'must be IP addresses or CIDR blocks separated by commas, such as 10.0.0.0/8,::1',
  (text): string[] | null => {
    const blocks = text === '' ? [] : text.split(',').map((block) => block.trim())
    return blocks.every(isAddressBlock) ? blocks : null
  },
)

/** A header in which proxies name the client, in any letter case. */
export const clientAddressHeader = parsed(
  'must be one of x-forwarded-for, forwarded, x-real-ip',
  (text) => CLIENT_ADDRESS_HEADERS.find((header) => header === text.toLowerCase()) ?? null,
)

const CLIENT_ADDRESS_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const

/** How much is logged. */
export const logLevel: z.ZodType<LogLevel, string> = parsed(
  'must be one of debug, info, warn, error, fatal, silent',
  (text) => LOG_LEVELS.find((level) => level === text) ?? null,
)

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Which requests get a line in the log. */
export const requestLog: z.ZodType<RequestLogMode, string> = parsed(
  'must be one of none, refused, sampled, all',
  (text) => REQUEST_LOG_MODES.find((mode) => mode === text) ?? null,
)

const REQUEST_LOG_MODES: readonly RequestLogMode[] = ['none', 'refused', 'sampled', 'all']

/** A number of calls per window, such as `1200/1m`. */
export const rate = parsed('must be calls per window, such as 1200/1m', (text): Rate | null => {
  const [calls = '', window = '', ...rest] = text.split('/')
  const limit = integerIn(calls, 1, MAX.rateLimitUnits)
  const windowMs = parseDuration(window)
  if (rest.length > 0 || limit === null || windowMs === null || windowMs > MAX.rateWindowMs) return null
  return { limit, windowMs }
})

/** A duration in milliseconds, from one second to `longest`. `longest` is a text as users write it. */
export function durationUpTo(longest: string): z.ZodType<number, string> {
  return durationBetween({ shortest: '1s', longest, such: '10s or 2m' })
}

/** A duration in milliseconds between two bounds. The bounds and the example are texts as users write them. */
export function durationBetween({
  shortest,
  longest,
  such,
}: {
  shortest: string
  longest: string
  such: string
}): z.ZodType<number, string> {
  const shortestMs = parseDuration(shortest) ?? 0
  const longestMs = parseDuration(longest) ?? 0
  return parsed(`must be a duration from ${shortest} to ${longest}, such as ${such}`, (text) => {
    const ms = parseDuration(text)
    return ms !== null && ms >= shortestMs && ms <= longestMs ? ms : null
  })
}

/** A whole number between two bounds; `of` names the counted things. */
export function wholeNumber({
  least,
  most,
  of,
}: {
  least: number
  most: number
  of: string
}): z.ZodType<number, string> {
  return parsed(`must be a whole number of ${of} from ${least} to ${most}`, (text) =>
    integerIn(text, least, most),
  )
}

/** An amount of money above 0. */
export const usdAmount: z.ZodType<NanoUsd, string> = parsed(
  `must be an amount of USD above 0 and up to ${formatUsd(USD_MAX)}`,
  (text) => parseUsd(text) || null,
)

/** A duration in milliseconds between two bounds, or null for `forever`. */
export function durationOrForever(bounds: {
  shortest: string
  longest: string
  such: string
}): z.ZodType<number | null, string> {
  const { shortest, longest, such } = bounds
  const duration = durationBetween(bounds)
  const message = `must be "forever" or a duration from ${shortest} to ${longest}, such as ${such}`
  return z.string().transform((text, context): number | null => {
    if (text === 'forever') return null
    const read = duration.safeParse(text)
    if (read.success) return read.data
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

/** A secret for the first root user. A text of our own form must have a valid checksum; another one needs enough characters. */
export const rootSecret = z.string().transform((text, context): Secret => {
  const message = wrongWithChosen(text)
  if (message === null) return new Secret(text)
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** The forms of TLS that the driver knows. It silently takes any other text for one of them. */
const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/** `sqlite:PATH`, `sqlite::memory:` or a PostgreSQL URL. */
export const databaseUrl = parsed(
  'must be sqlite:PATH (such as sqlite:./data/latchkey.db), sqlite::memory: or postgres://user:password@host:port/name; in user, password and name, percent-encode signs such as / ? # @ : (a slash is %2F)',
  (text) => (text.startsWith('sqlite:') ? sqliteLocation(text) : postgresLocation(text)),
).refine((location) => location.kind === 'sqlite' || hasKnownTls(location.url.reveal()), {
  message: `has an sslmode that is none; there are ${TLS_MODES.slice(0, -1).join(', ')} and ${TLS_MODES.at(-1)}`,
})

/** The URL of a Redis or Valkey. */
export const redisUrl = parsed(
  'must be redis://user:password@host:port/number or rediss://…; in user and password, percent-encode signs such as / ? # @ :',
  (text) => {
    if (!URL.canParse(text)) return null
    const { protocol, hostname, pathname, search, hash } = new URL(text)
    const isRedis = (protocol === 'redis:' || protocol === 'rediss:') && hostname !== ''
    // A user without a name is usual here. A character of the password may have cut the URL in two.
    return isRedis && `${search}${hash}` === '' && /^(\/\d{0,4})?$/.test(pathname) ? new Secret(text) : null
  },
)

function hasKnownTls(url: string): boolean {
  return new URL(url).searchParams.getAll('sslmode').every((mode) => TLS_MODES.includes(mode))
}

function sqliteLocation(text: string): DatabaseLocation | null {
  const path = text.slice('sqlite:'.length)
  // `sqlite://data.db` looks like a relative path and would be one from the root of the disk.
  const misleading = path.startsWith('//') || path.startsWith('file:') || path.includes('?')
  return path === '' || misleading ? null : { kind: 'sqlite', path, shown: text }
}

function postgresLocation(text: string): DatabaseLocation | null {
  if (!URL.canParse(text) || isTorn(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') return null
  // Without a host the driver would use its own environment variables, and the server a database that nobody named.
  if (url.hostname === '' && !url.searchParams.has('host')) return null
  // Parameters may hold a password as well (?password=), so none of them is shown.
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':***'}@`
  return {
    kind: 'postgres',
    url: new Secret(text),
    shown: `${url.protocol}//${user}${url.host}${url.pathname}`,
  }
}

/**
 * True when a character of the password ("/", "?", "#") has cut the URL in two. Then a part of the password looks like a host, a path
 * or a parameter, and must not be shown.
 */
function isTorn(text: string): boolean {
  const { username, pathname, search, hash } = new URL(text)
  const unnamed = username === '' && text.includes('@')
  const severalPaths = pathname.slice(1).includes('/')
  return unnamed || severalPaths || hash !== '' || `${pathname}${search}`.includes('@')
}

function integerIn(text: string, least: number, most: number): number | null {
  if (!SAFE_INTEGER.test(text)) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}

/** A schema around a reader that returns null for invalid texts. */
function parsed<Value>(message: string, read: (text: string) => Value | null): z.ZodType<Value, string> {
  return z.string().transform((text, context): Value => {
    const value = read(text)
    if (value !== null) return value
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}
