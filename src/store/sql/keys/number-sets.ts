/**
 * Sets of whole numbers from 0 to 8,191, as the search index stores them. Each key has a number; for each short piece of a name, rows of
 * 8,192 numbers each hold the numbers of the keys whose name contains it. A few numbers are written one by one, many as one bit each;
 * either way a row is at most 1 KiB before it is written as text.
 */
export type NumberSet = Uint32Array

/** The range of a set. */
export const NUMBERS_IN_SET = 8_192

const BITS = 32
const SET_BYTES = NUMBERS_IN_SET / 8
/** Up to this many numbers take less space one by one, at two bytes each. */
const SPARSE_MAX = SET_BYTES / 2 - 1

/** A set of these numbers. */
export function numberSet(numbers: Iterable<number> = []): NumberSet {
  const set = new Uint32Array(NUMBERS_IN_SET / BITS)
  for (const number of numbers) addNumber(set, number)
  return set
}

/** Adds a number to a set. */
export function addNumber(set: NumberSet, number: number): void {
  set[number >>> 5] = (set[number >>> 5] ?? 0) | (1 << (number & 31))
}

/** Removes a number from a set. */
export function removeNumber(set: NumberSet, number: number): void {
  set[number >>> 5] = (set[number >>> 5] ?? 0) & ~(1 << (number & 31))
}

/** Removes from a set the numbers that are not in the other one. */
export function keepCommon(set: NumberSet, other: NumberSet): void {
  for (let word = 0; word < set.length; word += 1) set[word] = (set[word] ?? 0) & (other[word] ?? 0)
}

/** The number of members of a set. */
export function sizeOfSet(set: NumberSet): number {
  let size = 0
  for (let index = 0; index < set.length; index += 1) {
    const word = set[index] ?? 0
    // Adds the bits of each pair, of each four and of each eight, and then the bytes.
    const pairs = word - ((word >>> 1) & 0x5555_5555)
    const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
    size += Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
  }
  return size
}

/** The numbers of a set, in ascending order. */
export function numbersOf(set: NumberSet): number[] {
  const numbers: number[] = []
  for (const [index, bits] of set.entries()) {
    for (let word = bits; word !== 0; word &= word - 1) {
      numbers.push(index * BITS + (31 - Math.clz32(word & -word)))
    }
  }
  return numbers
}

/** The stored form of a set. */
export function writeSet(set: NumberSet): string {
  const numbers = numbersOf(set)
  const stored = numbers.length > SPARSE_MAX ? set : Uint16Array.from(numbers)
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  return bytes.toString('base64')
}

/** Reads a set from its stored form. */
export function readSet(text: string): NumberSet {
  const bytes = Buffer.from(text, 'base64')
  // A copy, because the bytes may begin anywhere in a larger buffer.
  const stored = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  return bytes.length === SET_BYTES ? new Uint32Array(stored) : numberSet(new Uint16Array(stored))
}
