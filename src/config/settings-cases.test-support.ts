import { SETTINGS } from './settings.ts'

/** A secret of known bytes (SECURITY.md#what-a-secret-is). */
const OUR_SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'
/** The same secret with its last character changed. */
export const BROKEN_SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQr'
/** A secret that another system made. */
export const FOREIGN_SECRET = 'correct-horse-battery-staple-0123456789'

type Name = keyof typeof SETTINGS

interface Case {
  /** The value when the setting is not given. */
  fallback: unknown
  /** A text, and the value that it means. */
  good: [text: string, value: unknown]
  /** Texts that are refused, each with the end of its message. */
  bad: [text: string, line: string][]
}

const PORT_LINE = 'must be a whole number from 0 to 65535, but is'
const HOST_LINE = 'must be a host name or an IP address, such as 127.0.0.1 or 0.0.0.0, but is'
const PREFIX_LINE = 'must be letters, digits and inner underscores, at most 16 characters, but is'
const RATE_LINE = 'must be calls per window, such as 1200/1m, but is'
/** The message about a text that is no valid URL. */
export const DATABASE_LINE =
  'must be sqlite:PATH (such as sqlite:./data/latchkey.db), sqlite::memory: or postgres://user:password@host:port/name; in user, password and name, percent-encode signs such as / ? # @ : (a slash is %2F).'
const PUBLIC_URL_LINE =
  'must be an address such as https://example.com or https://example.com/latchkey, without a user, a query or a #, but is'
const REDIS_LINE =
  'must be redis://user:password@host:port/number or rediss://…; in user and password, percent-encode signs such as / ? # @ :.'
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
  publicUrl: {
    fallback: null,
    good: ['https://example.com/latchkey/', 'https://example.com/latchkey'],
    bad: [
      'example.com',
      'ftp://example.com',
      'https://ada:secret@example.com',
      'https://example.com/?a=b',
      'https://example.com/#',
      'https://example.com/a"b',
      'https://example.com//a',
    ].map((text) => [text, `${PUBLIC_URL_LINE} ${JSON.stringify(text)}.`]),
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
    ]
      .map((text): [string, string] => [text, DATABASE_LINE])
      .concat([
        // The driver would take it for another form.
        [
          'postgres://ada:hunter2@db/keys?sslmode=verfy-full',
          'has an sslmode that is none; there are disable, prefer, require, verify-ca, verify-full and no-verify.',
        ],
      ]),
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
    bad: ['INFO', 'trace'].map((text) => [
      text,
      `must be one of debug, info, warn, error, fatal, silent, but is "${text}".`,
    ]),
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
  holdsPerUser: {
    fallback: 100_000,
    good: ['1000000', 1_000_000],
    bad: [
      ['0', 'must be a whole number of reservations from 1 to 1000000, but is "0".'],
      ['2.5', 'must be a whole number of reservations from 1 to 1000000, but is "2.5".'],
    ],
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
  redisUrl: {
    fallback: null,
    good: ['redis://:hunter2@cache:6379/1', 'redis://:hunter2@cache:6379/1'],
    bad: ['cache:6379', 'http://cache', 'redis://', 'redis://cache/x'].map((text) => [text, REDIS_LINE]),
  },
  leaseMs: {
    fallback: 1_000,
    good: ['2s', 2_000],
    bad: [['6s', 'must be a duration from 1s to 5s, such as 10s or 2m, but is "6s".']],
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

/** Every setting with its cases. */
export const EVERY = Object.entries(CASES).map(([name, rest]) => ({
  ...rest,
  name: name as Name,
  ...namesOf(name as Name),
}))
/** The secret settings. */
export const SECRET = EVERY.filter(({ secret }) => secret)

function namesOf(name: Name): { env: string; flag: string; secret: boolean } {
  const setting = SETTINGS[name]
  return { env: setting.env, flag: setting.flag, secret: 'secret' in setting }
}
