import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { configurationPage } from '../../scripts/configuration-page.ts'
import { BROKEN_SECRET, DATABASE_LINE, EVERY, FOREIGN_SECRET, SECRET } from './settings-cases.test-support.ts'
import { configOf, plain, problemsOf } from './settings-loading.test-support.ts'

describe.each(EVERY)('$env', ({ name, env, flag, fallback, good: [text, value], bad }) => {
  test('has its documented default', () => {
    expect(plain(configOf({})[name])).toEqual(fallback)
  })

  test('is read from the environment', () => {
    expect(plain(configOf({ env: { [env]: text } })[name])).toEqual(value)
  })

  test('is read from its flag, in both spellings, and the flag wins', () => {
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
  expect(SECRET.map(({ env }) => env)).toEqual([
    'LATCHKEY_DATABASE_URL',
    'LATCHKEY_ROOT_KEY',
    'LATCHKEY_REDIS_URL',
  ])
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

  test('and the value itself must not both be given', () => {
    const files = { '/secret': text }
    expect(problemsOf({ env: { [env]: text, [`${env}_FILE`]: '/secret' }, files })).toEqual([
      `${env} and ${env}_FILE are both given; give one.`,
    ])
    expect(problemsOf({ args: [flag, text, `${flag}-file`, '/secret'], files })).toEqual([
      `${flag} and ${flag}-file are both given; give one.`,
    ])
  })

  test('is refused when it cannot be read, is empty or has an invalid value', () => {
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
  test('is in no error message', () => {
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

  test('is in no printed form of the settings', () => {
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

test('the metrics port must differ from the port, unless both are 0', () => {
  expect(problemsOf({ args: ['--metrics-port', '8080'] })).toEqual([
    'LATCHKEY_METRICS_PORT must not be LATCHKEY_PORT, but both are 8080.',
  ])
  expect(configOf({ args: ['--metrics-port', '0', '--port', '0'] }).metricsPort).toBe(0)
})

test('an unknown name is refused with the nearest known one', () => {
  expect(
    problemsOf({ env: { LATCHKEY_PROT: '1', LATCHKEY_DB_URL: 'x' }, args: ['--hots', 'x', '--log=info'] }),
  ).toEqual([
    '--hots is not a flag of serve. The nearest one is --host.',
    '--log is not a flag of serve. The nearest one is --log-level.',
    'LATCHKEY_DB_URL is not a setting. The nearest one is LATCHKEY_DATABASE_URL.',
    'LATCHKEY_PROT is not a setting. The nearest one is LATCHKEY_PORT.',
  ])
})

test('a name that lacks its last words, or has another word for them, gets the whole one', () => {
  const nearest = {
    LATCHKEY_DB: 'LATCHKEY_DATABASE_URL',
    LATCHKEY_PG_URL: 'LATCHKEY_DATABASE_URL',
    LATCHKEY_DSN: 'LATCHKEY_DATABASE_URL',
    LATCHKEY_ROOT: 'LATCHKEY_ROOT_KEY',
    LATCHKEY_TRUSTED: 'LATCHKEY_TRUSTED_PROXIES',
    LATCHKEY_BIND: 'LATCHKEY_HOST',
  }
  for (const [name, known] of Object.entries(nearest))
    expect(problemsOf({ env: { [name]: 'x' } })).toEqual([
      `${name} is not a setting. The nearest one is ${known}.`,
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

describe('a database URL with an unencoded character in its password', () => {
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

  test('percent-encoded it is accepted, and the password is not shown', () => {
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

test('docs/configuration.md is generated from the table (npm run docs writes it)', () => {
  expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(
    configurationPage(),
  )
})
