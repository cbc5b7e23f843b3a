import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Meta, metaCount, metaEntries, metaObject, metaText, sameMeta, WrittenMeta } from './meta.ts'

const TEXT = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.stringMatching(/^[\\"a\n,:{}]{0,6}$/))
const entries = fc.uniqueArray(
  fc.tuple(
    TEXT.filter((name) => name !== '__proto__'),
    TEXT,
  ),
  {
    maxLength: 6,
    selector: ([name]) => name,
  },
)

test('metadata has the same content as text and as an object', () => {
  fc.assert(
    fc.property(entries, (given) => {
      const both: Meta[] = [WrittenMeta.of(new Map(given)), Object.fromEntries(given)]
      for (const meta of both) {
        expect(metaCount(meta)).toBe(given.length)
        expect([...metaEntries(meta)].sort()).toEqual(given.toSorted())
        expect(JSON.parse(metaText(meta))).toEqual(Object.fromEntries(given))
        expect(metaObject(meta)).toEqual(Object.fromEntries(given))
        for (const other of both) expect(sameMeta(meta, other)).toBe(true)
        expect(sameMeta(meta, WrittenMeta.of(new Map(given.toReversed())))).toBe(true)
        for (const [name, value] of given) {
          expect(sameMeta(meta, WrittenMeta.of(new Map([...given, [name, `${value}.`]])))).toBe(false)
          expect(sameMeta(WrittenMeta.of(new Map(given.filter(([each]) => each !== name))), meta)).toBe(false)
        }
      }
    }),
  )
})
