import { describe, expect, spyOn, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from '../../core/ground/bounds.ts'
import { Failure } from '../../core/ground/faults.ts'
import { parseJson } from './json-parse.ts'
import type { JsonBounds } from './json-scan.ts'
import { NamedEntries } from './named-entries.ts'
import { requestErrors } from './places.ts'
import { createLoopTurns } from './turns.ts'

const WIDE: JsonBounds = { values: 1e9, members: 1e9, items: 1e9 }
const LISTED: JsonBounds = { ...WIDE, list: { member: 'events', items: 1_000 } }
const TIGHT: JsonBounds = { values: 100, members: 4, items: 6, list: { member: 'events', items: 8 } }

const NAMED: JsonBounds = { ...WIDE, list: { member: 'events', items: 1_000, named: 'meta' } }

/** The parsed value, or the refusal: its code and its place. */
async function read(text: string, bounds = LISTED): Promise<unknown> {
  try {
    return await parseJson(text, bounds, createLoopTurns().of('somebody'))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const places = requestErrors(error.details.errors ?? [], 'json').map(({ pointer }) => pointer)
    return `${error.code} ${places}`.trim()
  }
}

function plainly(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'body_malformed'
  }
}

/**
 * Texts in which a few characters, or a few whole tokens, are replaced by one of these. Without what is refused beyond the grammar, which
 * other tests cover.
 */
function changedTexts(texts: fc.Arbitrary<string>, signs: string[]): fc.Arbitrary<string> {
  const cut = { text: texts, place: fc.nat(), length: fc.nat(4), instead: fc.constantFrom(...signs) }
  return fc
    .record({ ...cut, byTokens: fc.boolean() })
    .map(({ text, place, length, instead, byTokens }) => {
      const parts = byTokens ? tokensOf(text) : [...text]
      return parts.toSpliced(place % (parts.length + 1), length, instead).join('')
    })
    .filter((text) => !/__proto__|\\u/.test(text) && text.split('"events"').length <= 2)
}

/** The brackets, commas, colons, strings and other values of a text, and the white space between them. */
function tokensOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[\][{},:]|\s+|[^\s\][{},:"]+/g) ?? []
}

/** The message of the refusal of a text. */
async function messageOf(text: string): Promise<string> {
  const refused = parseJson(text, NAMED, createLoopTurns().of('somebody'))
  return refused.then(
    () => '',
    (error) => String(error.message),
  )
}

/** The value with objects in place of entries. */
function asObjects(value: unknown): unknown {
  if (value instanceof NamedEntries) return Object.fromEntries(value.entries)
  if (Array.isArray(value)) return value.map(asObjects)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asObjects(each)]))
}

describe('objects with names that callers choose', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom('meta', 'events', 'a"b', 'a\\', '\t', '1', '02'),
  )
  const meta = fc.oneof(
    fc.dictionary(name, fc.oneof(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 })), { maxKeys: 5 }),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const item = fc.oneof(
    fc.record(
      { id: fc.string({ maxLength: 3 }), meta, more: fc.jsonValue({ maxDepth: 1 }) },
      { requiredKeys: [] },
    ),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const texts = fc
    .tuple(fc.array(item, { maxLength: 40 }), fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(0, 1, '\t'))
    .map(([events, more, indent]) => JSON.stringify({ meta: more, events, more }, null, indent))

  test('have the same content as those of JSON.parse, also in pieces', async () => {
    let named = 0
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (/"__proto__"|\\u0000|\\ud[89a-f]/i.test(text)) return
        const value = await read(text, NAMED)
        expect(asObjects(value)).toEqual(plainly(text))
        const { events } = value as { events: ({ meta?: unknown } | null)[] }
        for (const event of events) {
          const isObject = typeof event === 'object' && event !== null && !Array.isArray(event)
          const given = isObject ? event.meta : undefined
          expect(given?.constructor).not.toBe(Object)
          if (given instanceof NamedEntries) named += 1
        }
      }),
      { numRuns: 1_500 },
    )
    process.stdout.write(`objects with names of callers: ${named}\n`)
    expect(named).toBeGreaterThan(1_000)
  })

  test('that are broken are refused exactly when JSON.parse refuses them', async () => {
    const signs = [
      '',
      ',',
      ']',
      '[',
      '}',
      '{',
      '"',
      ':',
      '1',
      ',,',
      '],[',
      '\\',
      ' ',
      '\u0001',
      '\\x',
      '\\"',
      'null',
      '{}',
      '""',
    ]
    let broken = 0
    await fc.assert(
      fc.asyncProperty(changedTexts(texts, signs), async (changed) => {
        const expected = plainly(changed)
        const value = await read(changed, NAMED)
        // A cut can make one item of two.
        if (value === 'body_malformed' && (await messageOf(changed)).includes('twice')) return
        if (expected === 'body_malformed') broken += 1
        expect([changed, asObjects(value)]).toEqual([changed, expected])
      }),
      { numRuns: 4_000 },
    )
    process.stdout.write(`broken objects: ${broken}\n`)
    expect(broken).toBeGreaterThan(1_000)
  })

  test.each([
    [
      '{"events":[{"meta":{"a":"1","b":"2","a":"3"}}]}',
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    ],
    ['{"events":[{"\\u006deta":{"\\u0061":"\\ud83d\\ude00\\/\\n"}}]}', [['a', '😀/\n']]],
    [
      '{"events":[{"meta": { "a" : 1 , "b" : [{"c":{}}] } }]}',
      [
        ['a', 1],
        ['b', [{ c: {} }]],
      ],
    ],
    ['{"events":[{"meta":{ }}]}', []],
    ['{"events":[{"meta":{"":""}}]}', [['', '']]],
  ])('%p becomes entries', async (text, entries) => {
    const { events } = (await read(text, NAMED)) as { events: { meta: NamedEntries }[] }
    expect(events[0]?.meta.entries).toEqual(entries as [string, unknown][])
  })

  test('of other members stay objects, and a list of pairs stays a list', async () => {
    const value = {
      meta: { a: '1' },
      events: [{ meta: [['a', 'b']], more: { meta: { a: 'b' } } }, [{ meta: {} }]],
    }
    expect(await read(JSON.stringify(value), NAMED)).toEqual(value)
  })

  test.each([
    ['named twice', '{"events":[{"meta":{},"meta":{}}]}'],
    ['named twice, once as a number', '{"events":[{"meta":1,"\\u006deta":{}}]}'],
    ['behind a value', '{"events":[{"meta":1{"a":"b"}}]}'],
    ['before a value', '{"events":[{"meta":{"a":"b"}1}]}'],
    ['a control character', '{"events":[{"meta":{"a":"\t"}}]}'],
    ['an escape that is none', '{"events":[{"meta":{"\\q":"b"}}]}'],
    ['a name that is no string', '{"events":[{"meta":{1:"b"}}]}'],
    ['a comma at the end', '{"events":[{"meta":{"a":"b",}}]}'],
    ['a name without a value', '{"events":[{"meta":{"a":}}]}'],
    ['a second name without a value', '{"events":[{"meta":{"a":"b","c": }}]}'],
    ['a value without a name', '{"events":[{"meta":{:"b"}}]}'],
    ['a comma in place of a colon', '{"events":[{"meta":{"a","b"}}]}'],
    ['two colons', '{"events":[{"meta":{"a":"b":"c"}}]}'],
    ['two values', '{"events":[{"meta":{"a":"b" "c"}}]}'],
    ['__proto__', '{"events":[{"meta":{"__proto__":"b"}}]}'],
    ['__proto__ in escapes', '{"events":[{"meta":{"__pr\\u006fto__":"b"}}]}'],
    ['half a pair', '{"events":[{"meta":{"\\ud800":"b"}}]}'],
  ])('%s: body_malformed', async (_, text) => {
    expect(await read(text, NAMED)).toBe('body_malformed')
  })
})

describe('JSON within bounds', () => {
  const events = fc.record({
    events: fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 60 }),
    more: fc.jsonValue(),
  })
  const spaced = fc
    .tuple(fc.oneof(events, fc.jsonValue({ maxDepth: 6 })), fc.constantFrom(0, 1, '\t'))
    .map(([value, indent]) => JSON.stringify(value, null, indent))

  test('gives the result of JSON.parse, also in pieces', async () => {
    let lists = 0
    await fc.assert(
      fc.asyncProperty(spaced, async (text) => {
        if (/"__proto__"|\\u0000/.test(text)) return
        expect(await read(text)).toEqual(plainly(text))
        if (text.includes('"events"')) lists += 1
      }),
      { numRuns: 1_500 },
    )
    process.stdout.write(`texts with a list: ${lists}\n`)
    expect(lists).toBeGreaterThan(300)
  })

  test('that is broken is refused exactly when JSON.parse refuses it', async () => {
    const signs = ['', ',', ']', '[', '}', '{', '"', ':', '1', ',,', '],[', '\\']
    let broken = 0
    await fc.assert(
      fc.asyncProperty(changedTexts(spaced, signs), async (changed) => {
        const expected = plainly(changed)
        if (expected === 'body_malformed') broken += 1
        expect([changed, await read(changed)]).toEqual([changed, expected])
      }),
      { numRuns: 3_000 },
    )
    process.stdout.write(`broken texts: ${broken}\n`)
    expect(broken).toBeGreaterThan(1_000)
  })

  test.each([
    ['a list of seventeen, whose last item is empty', `{"events":[${'1,'.repeat(16)}]}`],
    ['a list of sixteen and nothing', `{"events":[${'1,'.repeat(15)}1,]}`],
    ['an empty item between two pieces', `{"events":[${'1,'.repeat(16)},1]}`],
    ['two lists behind one name', '{"events":[1],[2]}'],
    ['a list that is closed as an object', '{"events":[1}}'],
    ['a list in a second root', '{}{"events":[1]}'],
    ['a list behind a value', '{"events":1[2]}'],
    ['the list named twice', '{"events":[1],"events":[2]}'],
    ['the list named twice, once in escapes', '{"events":[1],"\\u0065vents":5}'],
    ['an object of that name before the list', '{"events":{},"events":[1]}'],
    ['nothing', ''],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['a NUL character', '["\\u0000"]'],
    ['the first half of a pair', '["\\ud800"]'],
    ['the first half before something else', '["\\uD83Dx"]'],
    ['the first half before an escape that is none', '["\\ud83d\\u00e9"]'],
    ['the second half alone', '["\\ude00"]'],
    ['two second halves', '["\\ud83d\\ude00\\ude00"]'],
    ['half a pair in a name', '{"\\ud800":1}'],
    ['__proto__', '{"a":[{"__proto__":1}]}'],
    ['__proto__ in escapes', '{"a":{"__pr\\u006fto__":1}}'],
  ])('%s: body_malformed', async (_name, text) => {
    expect(await read(text)).toBe('body_malformed')
  })

  test.each([
    ['{"\\u0065vents":[1,2]}', { events: [1, 2] }],
    ['{"a":{"events":[1]},"events":[]}', { a: { events: [1] }, events: [] }],
    ['["\\ud83d\\ude00", "\\\\u0000", "\\\\ud800"]', ['😀', '\\u0000', '\\ud800']],
    ['["__proto__"]', ['__proto__']],
    [`${'['.repeat(32)}${']'.repeat(32)}`, JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`)],
  ])('%p is taken', async (text, value) => {
    expect(await read(text)).toEqual(value)
  })

  test('too many members, items or values are refused at their place, before anything is parsed', async () => {
    expect(await read('{"a":1,"b":1,"c":1,"d":1}', TIGHT)).toEqual({ a: 1, b: 1, c: 1, d: 1 })
    // The text ends in the middle, so a parser that ran first would complain about that.
    expect(await read('{"a":1,"b":1,"c":1,"d":1,', TIGHT)).toBe('input_invalid')
    expect(await read('{"x/~":[0,{"a":1,"b":1,"c":1,"d":1,', TIGHT)).toBe('input_invalid /x~1~0/1')
    expect(await read('{"x":[1,1,1,1,1,1]}', TIGHT)).toEqual({ x: [1, 1, 1, 1, 1, 1] })
    expect(await read('{"x":[1,1,1,1,1,1,', TIGHT)).toBe('input_invalid /x')
    expect(await read('{"events":[1,1,1,1,1,1,1,1]}', TIGHT)).toEqual({ events: Array(8).fill(1) })
    expect(await read('{"events":[1,1,1,1,1,1,1,1,', TIGHT)).toBe('input_invalid /events')
    expect(await read(`[${'[[],[],[],[]],'.repeat(20)}`, TIGHT)).toBe('input_invalid')
  })

  const RECORD = MAX.smallBodyBytes
  const long = (chars: number) => `"${'x'.repeat(chars - 2)}"`

  test.each([
    ['what is outside the list', `{"events":[1],"x":${long(RECORD)}}`],
    ['a text that is no list', long(RECORD + 1)],
    ['one item', `{"events":[1,${long(RECORD + 1)},1]}`],
    ['the last item', `{"events":[${long(RECORD)},${long(RECORD + 1)}]}`],
  ])('%s, longer than a single record: body_too_large', async (_, text) => {
    expect(await read(text)).toBe('body_too_large')
  })

  test.each([
    ['name', `{"${'\\u0041'.repeat(RECORD)}":1}`],
    ['text', `{"a":"${'\\n'.repeat(RECORD)}"}`],
    ['list', `{"a":[${'1,'.repeat(RECORD)}1]}`],
    ['text beside another', `{"a":"b","c" : ${' '.repeat(RECORD)}"d"}`],
  ])(
    'a %s in named metadata, longer than a single record: body_too_large, and nothing of it is parsed',
    async (_, meta) => {
      const parsing = spyOn(JSON, 'parse')
      expect(await read(`{"events":[{"meta":${meta}}]}`, NAMED)).toBe('body_too_large')
      expect(parsing.mock.calls).toEqual([])
      parsing.mockRestore()
    },
  )

  test('no text that is longer than a single record is parsed in one go', async () => {
    const items = [...Array(40).fill(1_000), RECORD, ...Array(40).fill(100), RECORD, RECORD, 10].map(long)
    const text = `{"events":[${items}],"x":${long(RECORD - 100)}}`
    const whole = plainly(text)
    const parsing = spyOn(JSON, 'parse')
    expect(await read(text)).toEqual(whole)
    const longest = Math.max(...parsing.mock.calls.map(([piece]) => piece.length))
    parsing.mockRestore()
    expect(longest).toBe(RECORD + '[]'.length)
  })
})
