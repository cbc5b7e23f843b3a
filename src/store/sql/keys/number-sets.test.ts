import { expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  addNumber,
  keepCommon,
  NUMBERS_IN_SET,
  numberSet,
  numbersOf,
  readSet,
  removeNumber,
  sizeOfSet,
  writeSet,
} from './number-sets.ts'

const numbers = fc.uniqueArray(fc.nat(NUMBERS_IN_SET - 1), { maxLength: NUMBERS_IN_SET, size: 'max' })

test('a written set is read back, with few numbers or many, in at most 1 KiB', () => {
  let dense = 0
  fc.assert(
    fc.property(numbers, (given) => {
      const text = writeSet(numberSet(given))
      if (given.length > 511) dense += 1
      expect(text.length).toBeLessThanOrEqual(Math.ceil(1_024 / 3) * 4)
      expect(numbersOf(readSet(text))).toEqual(given.toSorted((one, other) => one - other))
    }),
    { numRuns: 200, examples: [[[]], [[0]], [[31, 32, NUMBERS_IN_SET - 1]]] },
  )
  for (const count of [510, 511, 512, 513, NUMBERS_IN_SET]) {
    const given = Array.from({ length: count }, (_, n) => n)
    expect(numbersOf(readSet(writeSet(numberSet(given))))).toEqual(given)
  }
  console.log(`number sets: ${dense} of 200 with more than 511 numbers`)
})

test('sets are counted, intersected and changed correctly', () => {
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      const set = numberSet(one)
      expect(sizeOfSet(set)).toBe(one.length)
      keepCommon(set, numberSet(other))
      const common = new Set(one).intersection(new Set(other))
      expect(numbersOf(set)).toEqual([...common].toSorted((a, b) => a - b))
      for (const number of one) addNumber(set, number)
      for (const number of other) removeNumber(set, number)
      const left = new Set(one).difference(new Set(other))
      expect(numbersOf(set)).toEqual([...left].toSorted((a, b) => a - b))
    }),
    { numRuns: 100 },
  )
})
