import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Meta, metaCount, metaEntries, metaObject, metaText, metaValue, sameMeta } from './meta.ts'

const entries = fc.uniqueArray(
  fc.tuple(
    fc.string({ unit: 'grapheme', maxLength: 6 }).filter((name) => name !== '__proto__'),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  ),
  {
    maxLength: 6,
    selector: ([name]) => name,
  },
)

test('metadata has the same content as a map and as an object', () => {
  fc.assert(
    fc.property(entries, (given) => {
      const both: Meta[] = [new Map(given), Object.fromEntries(given)]
      for (const meta of both) {
        expect(metaCount(meta)).toBe(given.length)
        expect([...metaEntries(meta)].sort()).toEqual(given.toSorted())
        expect(JSON.parse(metaText(meta))).toEqual(Object.fromEntries(given))
        expect(metaObject(meta)).toEqual(Object.fromEntries(given))
        for (const [name, value] of given) expect(metaValue(meta, name)).toBe(value)
        for (const name of ['constructor', 'toString', 'size'])
          expect(metaValue(meta, name)).toBe(given.find(([each]) => each === name)?.[1])
        for (const other of both) expect(sameMeta(meta, other)).toBe(true)
        expect(sameMeta(meta, new Map(given.toReversed()))).toBe(true)
        for (const [name, value] of given) {
          expect(sameMeta(meta, new Map([...given, [name, `${value}.`]]))).toBe(false)
          expect(sameMeta(new Map(given.filter(([each]) => each !== name)), meta)).toBe(false)
        }
      }
    }),
  )
})
