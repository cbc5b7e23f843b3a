import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { revisionsIn } from './preconditions.ts'

/** One element of the list, and the revision that it names, if it names one. */
interface Element {
  text: string
  revision: number | null
}

const revision = fc.oneof(fc.nat(50), fc.integer({ min: 0, max: 999_999_999_999_999 }))
const opaque = fc.oneof(
  fc.stringMatching(/^[\x21\x23-\x7e\x80-\xff]{0,12}$/),
  // Elements that resemble a revision of ours, and ones that would end an element without quotes.
  fc.constantFrom('042', '-1', '+1', '1.0', '1e3', '0x1', '1000000000000000', '1,2', ',', 'W/', '*', ''),
)
const isRevision = (text: string) => /^(?:0|[1-9]\d{0,14})$/.test(text)
const element: fc.Arbitrary<Element> = fc.oneof(
  revision.map((number) => ({ text: `"${number}"`, revision: number })),
  revision.map((number) => ({ text: String(number), revision: number })),
  revision.map((number) => ({ text: `W/"${number}"`, revision: null })),
  opaque.map((text) => ({ text: `"${text}"`, revision: isRevision(text) ? Number(text) : null })),
  opaque.map((text) => ({ text: `W/"${text}"`, revision: null })),
)
const space = fc.constantFrom('', '', ' ', '\t', '  \t ')
const empty = fc.constantFrom('', ' ', '\t ')
/** No element of any list. */
const wrong = fc.constantFrom(
  '"', '"1', '1"', 'w/"1"', 'W/1', 'W /"1"', 'abc', '*', '""1', '"1" "2"', '1 2', '-1', '1.5', '"1";x', "'1'", '1234567890123456',
) // biome-ignore format: a list

const list = fc
  .array(fc.tuple(space, element, space, fc.array(empty, { maxLength: 2 })), { minLength: 1, maxLength: 8 })
  .map((parts) => ({
    text: parts.flatMap(([before, { text }, after, gaps]) => [`${before}${text}${after}`, ...gaps]).join(','),
    revisions: parts.flatMap(([, each]) => (each.revision === null ? [] : [each.revision])),
  }))

describe('If-Match', () => {
  test('names the revisions of its strong tags and no others, whatever else is in the list', () => {
    const tally = { none: 0, one: 0, several: 0 }
    fc.assert(
      fc.property(list, ({ text, revisions }) => {
        expect([text, revisionsIn(text)]).toEqual([text, revisions])
        tally[revisions.length === 0 ? 'none' : revisions.length === 1 ? 'one' : 'several'] += 1
      }),
      { numRuns: 3_000 },
    )
    process.stdout.write(`If-Match: ${JSON.stringify(tally)}\n`)
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(100)
  })

  test('is malformed with one element that is not a tag, at any place', () => {
    fc.assert(
      fc.property(fc.option(list), wrong, fc.option(list), (before, each, after) => {
        if (each === '*' && before === null && after === null) return
        const text = [before?.text, each, after?.text].filter((part) => part !== undefined).join(', ')
        expect([text, revisionsIn(text)]).toEqual([text, null])
      }),
      { numRuns: 3_000 },
    )
  })

  test('with a star alone is met by every record, and when empty is malformed', () => {
    for (const text of ['*', ' *', '*\t']) expect(revisionsIn(text)).toBeUndefined()
    for (const text of ['', ' ', ',', ' ,\t, ']) expect(revisionsIn(text)).toBeNull()
  })

  test('is read in time that grows with its length alone', () => {
    const pieces = ['"', '"1",', 'W/"', ' ', '\t,', '1', '"1" ', 'W/', '",', '"a']
    const tookMs = Array.from({ length: 5 }, () => {
      const startedAt = performance.now()
      for (const piece of pieces) revisionsIn(piece.repeat(16_384 / piece.length))
      return performance.now() - startedAt
    })
    // Other programs lengthen single measurements, never shorten them.
    expect(Math.min(...tookMs)).toBeLessThan(50)
  })
})
