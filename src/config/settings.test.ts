import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { configurationPage } from '../../scripts/configuration-page.ts'
import { Secret } from '../core/ground/secret.ts'
import { type Config, loadConfig, REFUSED_SETTINGS, SETTINGS } from './settings.ts'

/** A secret of known bytes (SECURITY.md#what-a-secret-is), and the same with its last character changed. */
const OUR_SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'
const BROKEN_SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQr'
const FOREIGN_SECRET = 'correct-horse-battery-staple-0123456789'

type Name = keyof typeof SETTINGS

interface Case {
  /** What the setting is when nothing is given. */
  fallback: unknown
  /** A text that is given, and what it means. */
  good: [text: string, value: unknown]
  /** Texts that are refused, each with what its line says after the name. */
  bad: [text: string, line: string][]
}

const PORT_LINE = 'must be a whole number from 0 to 65535, but is'
const HOST_LINE = 'must be a host name or an IP address, such as 127.0.0.1 or 0.0.0.0, but is'
const PREFIX_LINE = 'must be letters, digits and inner underscores, at most 16 characters, but is'
const RATE_LINE = 'must be calls per window, such as 1200/1m, but is'
const DATABASE_LINE =
  'must be sqlite:PATH (such as sqlite:./data/latchkey.db), sqlite::memory: or postgres://user:password@host:port/name; in user, password and name, percent-encode signs such as / ? # @ : (a slash is %2F).'
const ROOT_LINE = 'must be 32 to 256 printable ASCII characters without spaces.'
const PROXIES_LINE = 'must be IP addresses or CIDR blocks separated by commas, such as 10.0.0.0/8,::1, but is'

const CASES: Record<Name, Case> = {
  host: {
    fallback: '127.0.0.1',
    good: ['::1', '::1'],
    bad: [
      ['a b', `${HOST_LINE} "a b".`],
      ['http://x', `${HOST_LINE} "http://x".`],
    ],
  },
  port: {
    fallback: 8080,
    good: ['0', 0],
    bad: ['65536', '-1', '80a', '8e3', '8 0', '9'.repeat(20)].map((text) => [
      text,
      `${PORT_LINE} "${text}".`,
    ]),
  },
  database: {
    fallback: { kind: 'sqlite', path: './data/latchkey.db', shown: 'sqlite:./data/latchkey.db' },
    good: ['sqlite::memory:', { kind: 'sqlite', path: ':memory:', shown: 'sqlite::memory:' }],
    bad: [
      'mysql://root:hunter2@db/x',
      'sqlite:',
      'sqlite://data.db',
      'sqlite:a.db?mode=ro',
      'data.db',
      'postgres://',
    ].map((text) => [text, DATABASE_LINE]),
  },
  rootKey: {
    fallback: null,
    good: [OUR_SECRET, OUR_SECRET],
    bad: [
      [
        BROKEN_SECRET,
        'has the shape of a secret of ours but a wrong checksum: a character of it is missing or changed.',
      ],
      ['hunter2', ROOT_LINE],
      ['x'.repeat(257), ROOT_LINE],
      [`${FOREIGN_SECRET} with spaces`, ROOT_LINE],
      [`${FOREIGN_SECRET}ä`, ROOT_LINE],
    ],
  },
  autoInit: {
    fallback: true,
    good: ['false', false],
    bad: [['no', 'must be true or false, but is "no".']],
  },
  keyPrefix: {
    fallback: 'lk',
    good: ['my_co', 'my_co'],
    bad: ['_a', 'a_', 'a-b', 'a'.repeat(17)].map((text) => [text, `${PREFIX_LINE} "${text}".`]),
  },
  goodmemKeyPrefix: { fallback: 'lk', good: ['gm', 'gm'], bad: [['g m', `${PREFIX_LINE} "g m".`]] },
  openrouterKeyPrefix: { fallback: 'lk', good: ['or', 'or'], bad: [['sk-or', `${PREFIX_LINE} "sk-or".`]] },
  trustedProxies: {
    fallback: [],
    good: ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    bad: ['10.0.0.0/33', 'proxy', '10.0.0.1,,10.0.0.2', ','].map((text) => [
      text,
      `${PROXIES_LINE} "${text}".`,
    ]),
  },
  clientAddressHeader: {
    fallback: 'x-forwarded-for',
    good: ['X-Real-IP', 'x-real-ip'],
    bad: [
      [
        'cf-connecting-ip',
        'must be one of x-forwarded-for, forwarded, x-real-ip, but is "cf-connecting-ip".',
      ],
    ],
  },
  authorizeRules: {
    fallback: null,
    good: ['./rules.json', './rules.json'],
    bad: [['a\0b', 'must be the path of a file, but is "a\\u0000b".']],
  },
  logLevel: {
    fallback: 'info',
    good: ['silent', 'silent'],
    bad: [['INFO', 'must be one of trace, debug, info, warn, error, fatal, silent, but is "INFO".']],
  },
  requestLog: {
    fallback: 'refused',
    good: ['sampled', 'sampled'],
    bad: [['some', 'must be one of none, refused, sampled, all, but is "some".']],
  },
  metricsPort: { fallback: null, good: ['9090', 9090], bad: [['tcp', `${PORT_LINE} "tcp".`]] },
  metricsHost: { fallback: '127.0.0.1', good: ['0.0.0.0', '0.0.0.0'], bad: [['/', `${HOST_LINE} "/".`]] },
  managementRate: {
    fallback: { limit: 1200, windowMs: 60_000 },
    good: ['5/1s', { limit: 5, windowMs: 1_000 }],
    bad: ['5', '0/1m', '5/0m', '5/1m/2', '5/32d', '1000000001/1m'].map((text) => [
      text,
      `${RATE_LINE} "${text}".`,
    ]),
  },
  dataRate: {
    fallback: { limit: 2_000, windowMs: 1_000 },
    good: ['5/1m', { limit: 5, windowMs: 60_000 }],
    bad: ['5', '0/1m'].map((text) => [text, `${RATE_LINE} "${text}".`]),
  },
  serviceRate: {
    fallback: { limit: 50_000, windowMs: 1_000 },
    good: ['5/1m', { limit: 5, windowMs: 60_000 }],
    bad: ['5', '0/1m'].map((text) => [text, `${RATE_LINE} "${text}".`]),
  },
  failedAuthRate: {
    fallback: { limit: 60, windowMs: 60_000 },
    good: ['10/1h', { limit: 10, windowMs: 3_600_000 }],
    bad: [['ten/1h', `${RATE_LINE} "ten/1h".`]],
  },
  acceptOlder: {
    fallback: false,
    good: ['true', true],
    bad: [['yes', 'must be true or false, but is "yes".']],
  },
  revisionFile: {
    fallback: null,
    good: ['./revision', './revision'],
    bad: [['a\0b', 'must be the path of a file, but is "a\\u0000b".']],
  },
  publicRate: {
    fallback: { limit: 300, windowMs: 60_000 },
    good: ['10/1h', { limit: 10, windowMs: 3_600_000 }],
    bad: [['ten/1h', `${RATE_LINE} "ten/1h".`]],
  },
  publicRateTotal: {
    fallback: { limit: 3_000, windowMs: 60_000 },
    good: ['10/1h', { limit: 10, windowMs: 3_600_000 }],
    bad: [['0/1m', `${RATE_LINE} "0/1m".`]],
  },
  dashboard: {
    fallback: true,
    good: ['false', false],
    bad: [['yes', 'must be true or false, but is "yes".']],
  },
  sessionIdleMs: {
    fallback: 30 * 60_000,
    good: ['1m', 60_000],
    bad: ['59s', '25h', '30'].map((text) => [
      text,
      `must be a duration from 1m to 1d, such as 30m, but is "${text}".`,
    ]),
  },
  sessionLifeMs: {
    fallback: 12 * 3_600_000,
    good: ['30d', 30 * 86_400_000],
    bad: ['59s', '31d', '12'].map((text) => [
      text,
      `must be a duration from 1m to 30d, such as 12h, but is "${text}".`,
    ]),
  },
  eventRetentionMs: {
    fallback: 90 * 86_400_000,
    good: ['45d', 45 * 86_400_000],
    bad: ['44d', '1079h', '3651d', '90'].map((text) => [
      text,
      `must be a duration from 45d to 3650d, such as 90d, but is "${text}".`,
    ]),
  },
  auditRetentionMs: {
    fallback: null,
    good: ['90d', 90 * 86_400_000],
    bad: ['never', '89d', '3651d', '1'].map((text) => [
      text,
      `must be "forever" or a duration from 90d to 3650d, such as 400d, but is "${text}".`,
    ]),
  },
  deniedRetentionMs: {
    fallback: 90 * 86_400_000,
    good: ['1d', 86_400_000],
    bad: ['forever', '23h', '3651d'].map((text) => [
      text,
      `must be a duration from 1d to 3650d, such as 90d, but is "${text}".`,
    ]),
  },
  factsMemoryMib: {
    fallback: 192,
    good: ['1', 1],
    bad: [['0', 'must be a whole number of MiB from 1 to 65536, but is "0".']],
  },
  keysPerUser: {
    fallback: 1_000,
    good: ['1000000', 1_000_000],
    bad: [['1e3', 'must be a whole number of keys from 1 to 1000000, but is "1e3".']],
  },
  holdsPerKey: {
    fallback: 1_000,
    good: ['1', 1],
    bad: [['100001', 'must be a whole number of reservations from 1 to 100000, but is "100001".']],
  },
  amountMax: {
    fallback: 10_000_000_000_000n,
    good: ['0.5', 500_000_000n],
    bad: ['0', '-1', '1000000001', '10000 USD', '1e4'].map((text) => [
      text,
      `must be an amount of USD above 0 and up to 1000000000, but is "${text}".`,
    ]),
  },
  diskReserveMib: {
    fallback: 16,
    good: ['0', 0],
    bad: ['-1', '1025', '16M'].map((text) => [
      text,
      `must be a whole number of MiB from 0 to 1024, but is "${text}".`,
    ]),
  },
  shutdownGraceMs: {
    fallback: 10_000,
    good: ['1h', 3_600_000],
    bad: [['61m', 'must be a duration from 1s to 1h, such as 10s or 2m, but is "61m".']],
  },
  requestTimeoutMs: {
    fallback: 10_000,
    good: ['30s', 30_000],
    bad: [['30', 'must be a duration from 1s to 1h, such as 10s or 2m, but is "30".']],
  },
  idleTimeoutMs: {
    fallback: 10_000,
    good: ['4m', 240_000],
    bad: [['5m', 'must be a duration from 1s to 4m, such as 10s or 2m, but is "5m".']],
  },
}

const EVERY = Object.entries(CASES).map(([name, rest]) => ({
  ...rest,
  name: name as Name,
  ...namesOf(name as Name),
}))
const SECRET = EVERY.filter(({ secret }) => secret)

describe.each(EVERY)('$env', ({ name, env, flag, fallback, good: [text, value], bad }) => {
  test('has its documented default', () => {
    expect(plain(configOf({})[name])).toEqual(fallback)
  })

  test('is read from the environment', () => {
    expect(plain(configOf({ env: { [env]: text } })[name])).toEqual(value)
  })

  test('is read from its flag, in both ways of writing it, and the flag wins', () => {
    const wrong = { [env]: bad[0]?.[0] }
    expect(plain(configOf({ env: wrong, args: [flag, text] })[name])).toEqual(value)
    expect(plain(configOf({ env: wrong, args: [`${flag}=${text}`] })[name])).toEqual(value)
  })

  test('counts as not given when it is empty', () => {
    expect(plain(configOf({ env: { [env]: '' }, args: [`${flag}=`] })[name])).toEqual(fallback)
  })

  test.each(bad)('%j is refused with its line', (wrong, line) => {
    expect(problemsOf({ env: { [env]: wrong } })).toEqual([`${env} ${line}`])
    expect(problemsOf({ args: [`${flag}=${wrong}`] })).toEqual([`${flag} ${line}`])
  })

  test('the two names say the same', () => {
    expect(flag).toBe(`--${env.slice('LATCHKEY_'.length).toLowerCase().replaceAll('_', '-')}`)
  })
})

test('the settings that may come from a file are the secret ones', () => {
  expect(SECRET.map(({ env }) => env)).toEqual(['LATCHKEY_DATABASE_URL', 'LATCHKEY_ROOT_KEY'])
  expect(problemsOf({ env: { LATCHKEY_HOST_FILE: '/host' } })).toEqual([
    'LATCHKEY_HOST_FILE is not a setting. The nearest one is LATCHKEY_HOST.',
  ])
})

describe.each(SECRET)('the file of $env', ({ name, env, flag, good: [text, value], bad }) => {
  test.each(['', '\n', '\r\n'])('is read without the line break %j at its end', (end) => {
    const files = { '/secret': `${text}${end}` }
    expect(plain(configOf({ env: { [`${env}_FILE`]: '/secret' }, files })[name])).toEqual(value)
    expect(plain(configOf({ args: [`${flag}-file`, '/secret'], files })[name])).toEqual(value)
  })

  test('is not read when the flag is given', () => {
    expect(plain(configOf({ env: { [`${env}_FILE`]: '/missing' }, args: [flag, text] })[name])).toEqual(value)
  })

  test('and the value itself may not both be given', () => {
    const files = { '/secret': text }
    expect(problemsOf({ env: { [env]: text, [`${env}_FILE`]: '/secret' }, files })).toEqual([
      `${env} and ${env}_FILE are both given; give one.`,
    ])
    expect(problemsOf({ args: [flag, text, `${flag}-file`, '/secret'], files })).toEqual([
      `${flag} and ${flag}-file are both given; give one.`,
    ])
  })

  test('is refused when it cannot be read, is empty or holds a wrong value', () => {
    const files = { '/empty': '\n', '/wrong': `${bad[0]?.[0]}\n` }
    expect(problemsOf({ env: { [`${env}_FILE`]: '/missing' }, files })).toEqual([
      `${env}_FILE names "/missing", which cannot be read (ENOENT).`,
    ])
    expect(problemsOf({ env: { [`${env}_FILE`]: '/empty' }, files })).toEqual([
      `${env}_FILE names "/empty", which is empty.`,
    ])
    expect(problemsOf({ env: { [`${env}_FILE`]: '/wrong' }, files })).toEqual([`${env}_FILE ${bad[0]?.[1]}`])
  })
})

describe('a secret setting', () => {
  test('shows up in no problem', () => {
    const lines = problemsOf({
      env: { LATCHKEY_ROOT_KEY: BROKEN_SECRET, LATCHKEY_DATABASE_URL: 'mysql://root:hunter2@db/x' },
      args: [
        FOREIGN_SECRET,
        `-root-key=${FOREIGN_SECRET}`,
        '--root_key',
        FOREIGN_SECRET,
        `--root_key=${FOREIGN_SECRET}`,
      ],
    }).join('\n')
    for (const secret of [BROKEN_SECRET, 'hunter2', FOREIGN_SECRET]) expect(lines).not.toContain(secret)
  })

  test('shows up in no printed form of the settings', () => {
    const url = 'postgresql://app:hunter2@db.example:5432/keys?password=hunter2&sslmode=require'
    const { database, rootKey, ...rest } = configOf({
      env: { LATCHKEY_DATABASE_URL: url, LATCHKEY_ROOT_KEY: FOREIGN_SECRET },
    })
    expect(database.shown).toBe('postgresql://app:***@db.example:5432/keys')
    expect(database.kind === 'postgres' && database.url.reveal()).toBe(url)
    expect(rootKey?.reveal()).toBe(FOREIGN_SECRET)
    const printed = `${inspect({ database, rootKey, rest }, { depth: 9 })} ${JSON.stringify({ database, rootKey })}`
    for (const secret of ['hunter2', FOREIGN_SECRET]) expect(printed).not.toContain(secret)
  })
})

test('the prefixes of the dialects follow the general one', () => {
  const { goodmemKeyPrefix, openrouterKeyPrefix } = configOf({
    env: { LATCHKEY_KEY_PREFIX: 'acme', LATCHKEY_OPENROUTER_KEY_PREFIX: 'or' },
  })
  expect({ goodmemKeyPrefix, openrouterKeyPrefix }).toEqual({
    goodmemKeyPrefix: 'acme',
    openrouterKeyPrefix: 'or',
  })
})

test('the metrics port must be a port of its own, unless both are any free one', () => {
  expect(problemsOf({ args: ['--metrics-port', '8080'] })).toEqual([
    'LATCHKEY_METRICS_PORT must not be LATCHKEY_PORT, but both are 8080.',
  ])
  expect(configOf({ args: ['--metrics-port', '0', '--port', '0'] }).metricsPort).toBe(0)
})

test('a shared rate limiter is refused with the reason', () => {
  const [{ env, flag, reason }] = REFUSED_SETTINGS
  expect(problemsOf({ env: { LATCHKEY_REDIS_URL: 'redis://:hunter2@cache' } })).toEqual([`${env} ${reason}`])
  expect(problemsOf({ args: ['--redis-url', 'redis://cache'] })).toEqual([`${flag} ${reason}`])
})

test('an unknown name is refused with the nearest known one', () => {
  expect(
    problemsOf({ env: { LATCHKEY_PROT: '1', LATCHKEY_DB_URL: 'x' }, args: ['--hots', 'x', '--log=info'] }),
  ).toEqual([
    '--hots is not a flag of serve. The nearest one is --host.',
    '--log is not a flag of serve. The nearest one is --host.',
    'LATCHKEY_DB_URL is not a setting. The nearest one is LATCHKEY_REDIS_URL.',
    'LATCHKEY_PROT is not a setting. The nearest one is LATCHKEY_PORT.',
  ])
})

test('a flag without a value, a flag given twice and a stray word are refused', () => {
  expect(
    problemsOf({
      args: ['start', '--port', '1', '--port=2', '--host', '--log-level', 'info', '--auto-init'],
    }),
  ).toEqual([
    'Argument 1 of serve is not a flag: flags start with two dashes.',
    '--port is given twice.',
    '--host needs a value.',
    '--auto-init needs a value.',
  ])
})

test('variables that are not for the server are ignored', () => {
  const env = {
    PORT: 'x',
    latchkey_port: 'x',
    LATCHKEY_BUN: '/opt/bun',
    LATCHKEY_TEST_POSTGRES_URL: 'postgres://x',
    // What Kubernetes adds for services called latchkey and latchkey-metrics.
    LATCHKEY_SERVICE_HOST: '10.0.0.1',
    LATCHKEY_SERVICE_PORT: '8080',
    LATCHKEY_SERVICE_PORT_HTTP: '8080',
    LATCHKEY_PORT: 'tcp://10.0.0.1:8080',
    LATCHKEY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    LATCHKEY_PORT_8080_TCP_PROTO: 'tcp',
    LATCHKEY_PORT_8080_TCP_PORT: '8080',
    LATCHKEY_PORT_8080_TCP_ADDR: '10.0.0.1',
    LATCHKEY_METRICS_PORT: 'tcp://10.0.0.2:9090',
  }
  expect(configOf({ env })).toEqual(configOf({}))
})

describe.each(EVERY)('$env', ({ env, flag, good: [text] }) => {
  const WHITE = 'begins or ends with white space, which would be part of its value. Remove it.'
  const QUOTED = 'is in quotes, which would be part of its value. Remove them.'

  test.each([' ', '\t', '\n', '\r', '\r\n', '\u00a0', '\ufeff'])(
    'is refused with white space %j around it',
    (white) => {
      for (const wrapped of [`${text}${white}`, `${white}${text}`, `${white}${text}${white}`]) {
        expect(problemsOf({ env: { [env]: wrapped } })).toEqual([`${env} ${WHITE}`])
        expect(problemsOf({ args: [`${flag}=${wrapped}`] })).toEqual([`${flag} ${WHITE}`])
      }
    },
  )

  test.each(['"', "'", '`'])('is refused in the quotes %s', (quote) => {
    expect(problemsOf({ env: { [env]: `${quote}${text}${quote}` } })).toEqual([`${env} ${QUOTED}`])
  })
})

describe('a database URL that a sign of its password cuts in two', () => {
  test.each([
    'postgres://keys:hunter2/hunter3@db.example/keys',
    'postgres://keys:5432/hunter3@db.example/keys',
    'postgres://keys:5432?hunter3@db.example/keys',
    'postgres://keys:5432#hunter3@db.example/keys',
    'postgres://keys/hunter3@db.example/keys',
    'postgres://keys:5432/hunter3/hunter4@db.example',
    'postgres://keys:hun@ter3/x@db.example/keys',
    'postgres://keys:ok@db.example/keys/hunter3',
    'postgres://keys:ok@db.example/keys#hunter3',
    'postgres://keys:ok@db.example/keys?options=hunter3@x',
  ])('%s is refused, no part of it is shown, and the way out is said', (text) => {
    expect(problemsOf({ env: { LATCHKEY_DATABASE_URL: text } })).toEqual([
      `LATCHKEY_DATABASE_URL ${DATABASE_LINE}`,
    ])
  })

  test('percent-encoded it is taken, and the password is not shown', () => {
    const password = 'h/u?n#t@e:r3%'
    const url = `postgres://keys:${encodeURIComponent(password)}@db.example:5433/keys?sslmode=require`
    const { database } = configOf({ env: { LATCHKEY_DATABASE_URL: url } })
    expect(database.shown).toBe('postgres://keys:***@db.example:5433/keys')
  })
})

test('all problems are reported together', () => {
  const env = Object.fromEntries(EVERY.map(({ env, bad }) => [env, bad[0]?.[0]]))
  expect(problemsOf({ env })).toEqual(EVERY.map(({ env, bad }) => `${env} ${bad[0]?.[1]}`))
})

test('a long or unprintable value makes a short, printable line', () => {
  const [line = ''] = problemsOf({ env: { LATCHKEY_HOST: `\u001b[2J\n${'x'.repeat(10_000)}` } })
  expect(line).toMatch(/^[ -~…]{1,200}$/)
})

test('docs/configuration.md is what the table says (npm run docs writes it)', () => {
  expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(
    configurationPage(),
  )
})

interface Given {
  env?: Record<string, string | undefined>
  args?: string[]
  files?: Record<string, string>
}

function load({ env = {}, args = [], files = {} }: Given) {
  const readFile = (path: string) => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  }
  return loadConfig({ env, args, readFile })
}

function configOf(given: Given): Config {
  const loaded = load(given)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}

/** A secret as its text, because two secrets look equal to a comparison of objects. */
function plain(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value
}

function problemsOf(given: Given): string[] {
  const loaded = load(given)
  return loaded.ok ? [] : loaded.problems
}

function namesOf(name: Name): { env: string; flag: string; secret: boolean } {
  const setting = SETTINGS[name]
  return { env: setting.env, flag: setting.flag, secret: 'secret' in setting }
}
