import { describe, expect, spyOn, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from '../../core/ground/bounds.ts'
import { Failure } from '../../core/ground/faults.ts'
import { parseJson } from './json-parse.ts'
import type { JsonBounds } from './json-scan.ts'
import { requestErrors } from './places.ts'
import { createLoopTurns } from './turns.ts'

const WIDE: JsonBounds = { values: 1e9, members: 1e9, items: 1e9 }
const LISTED: JsonBounds = { ...WIDE, list: { member: 'events', items: 1_000 } }
const TIGHT: JsonBounds = { values: 100, members: 4, items: 6, list: { member: 'events', items: 8 } }

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
    const cut = fc.tuple(
      spaced,
      fc.nat(),
      fc.nat(4),
      fc.constantFrom('', ',', ']', '[', '}', '{', '"', ':', '1', ',,', '],[', '\\'),
    )
    let broken = 0
    await fc.assert(
      fc.asyncProperty(cut, async ([text, place, length, instead]) => {
        const at = place % (text.length + 1)
        const changed = text.slice(0, at) + instead + text.slice(at + length)
        // Refusals beyond the grammar, which other tests cover.
        if (/__proto__|\\u/.test(changed) || changed.split('"events"').length > 2) return
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
