import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { loadConfig, SETTINGS } from './settings.ts'

// Characters that env files, shells and editors leave around a value: quotes, blanks and line ends, in any order and number. None of
// them may become a part of a setting, and the message about them shows no secret and stays one line.

/** For each setting, the first of these that it accepts is its value. */
const CANDIDATES = [
  'false',
  '8081',
  '127.0.0.1',
  'debug',
  '1200/1m',
  '90d',
  '30s',
  '30m',
  '10s',
  '2s',
  '64',
  'forever',
  'x-real-ip',
  'my_co',
  'sqlite:./data/keys.db',
  'postgres://keys:hunter2@db.example:5432/keys',
  'https://example.com/latchkey',
  'redis://:hunter2@cache.example:6379/1',
  'correct-horse-battery-staple-0123456789',
  './rules.json',
  'sampled',
]

const EVERY = Object.values(SETTINGS).flatMap((setting) => {
  const takes = (text: string) => load({ [setting.env]: text }).ok
  const texts = CANDIDATES.filter(takes)
  return texts.map((text) => ({ ...setting, secret: 'secret' in setting, text }))
})

function load(env: Record<string, string>, args: string[] = [], file = '') {
  return loadConfig({ env, args, readFile: () => file })
}

const MARKS = [' ', '\t', '\n', '\r\n', '\r', '\v', '\f', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u200b'] // biome-ignore format: a list
const QUOTES = ['"', "'", '`', '\u201c', '\u201d', '\u2018']
const around = fc
  .tuple(
    fc.array(fc.constantFrom(...MARKS, ...QUOTES), { maxLength: 3 }),
    fc.array(fc.constantFrom(...MARKS, ...QUOTES), { maxLength: 3 }),
  )
  .map(([before, after]) => [before.join(''), after.join('')] as const)
  .filter(([before, after]) => `${before}${after}` !== '')
const LINE_ENDS = ['\n', '\r\n', '\r', '\t', '\u0085', '\u2028', '\u001b', '\u007f']
const setting = fc.constantFrom(...EVERY)

/** The one line that refuses a value. It names the setting as it was given, and shows nothing secret. */
function expectRefused(
  loaded: ReturnType<typeof load>,
  name: string,
  { secret, text }: (typeof EVERY)[number],
) {
  expect([name, loaded.ok]).toEqual([name, false])
  const [line = '', ...more] = loaded.ok ? [] : loaded.problems
  expect(more).toEqual([])
  expect(line).toStartWith(`${name} `)
  expect(line).toMatch(/^[ -~…]{1,400}$/)
  if (secret) for (const piece of [text, 'hunter2', 'battery']) expect(line).not.toContain(piece)
}

test('every setting has a test value', () => {
  expect(new Set(EVERY.map(({ env }) => env)).size).toBe(Object.keys(SETTINGS).length)
})

test('no setting accepts a value with quotes, blanks or line ends around it', () => {
  let files = 0
  fc.assert(
    fc.property(setting, around, (one, [before, after]) => {
      const wrapped = `${before}${one.text}${after}`
      expectRefused(load({ [one.env]: wrapped }), one.env, one)
      expectRefused(load({}, [`${one.flag}=${wrapped}`]), one.flag, one)
      expectRefused(load({}, [one.flag, wrapped]), one.flag, one)
      if (!one.secret) return
      files += 1
      const env = `${one.env}_FILE`
      const loaded = load({ [env]: '/secret' }, [], wrapped)
      // One line end at the end of a file is the editor's.
      if (before === '' && /^\r?\n$/.test(after)) expect(loaded.ok).toBe(true)
      else expectRefused(loaded, env, one)
    }),
    { numRuns: 3_000 },
  )
  process.stdout.write(`settings from files: ${files}\n`)
  expect(files).toBeGreaterThan(40)
})

test('a line end or control character within a value is refused by every setting', () => {
  fc.assert(
    fc.property(setting, fc.constantFrom(...LINE_ENDS), fc.nat(), (one, end, place) => {
      const at = 1 + (place % (one.text.length - 1))
      const broken = `${one.text.slice(0, at)}${end}${one.text.slice(at)}`
      expectRefused(load({ [one.env]: broken }), one.env, one)
    }),
    { numRuns: 3_000 },
  )
})

test('a plain value is accepted, from every source', () => {
  for (const { env, flag, text, secret } of EVERY) {
    const ways = [load({ [env]: text }), load({}, [`${flag}=${text}`]), load({}, [flag, text])]
    if (secret) ways.push(load({ [`${env}_FILE`]: '/secret' }, [], `${text}\n`))
    expect([env, ways.map(({ ok }) => ok)]).toEqual([env, ways.map(() => true)])
  }
})
