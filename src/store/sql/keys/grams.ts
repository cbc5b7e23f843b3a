import { NUMBERS_IN_SET } from './number-sets.ts'

/** The length of the longest pieces of words in the search index. */
const LONGEST = 3
const GRAMS = 2 ** 32
/** The maximum number of pieces of a search that are looked up; the texts themselves decide about the rest. */
const CONSIDERED_MAX = 24

/**
 * A piece of a word, of one to three characters, as its 32-bit hash. Two pieces with the same hash do no harm: the keys that the index
 * proposes are compared with their texts.
 */
export type Gram = number

/** Every piece of a text; no piece contains a space. */
export function gramsOfText(text: string): Set<Gram> {
  const grams = new Set<Gram>()
  for (const word of text.split(/\s+/u)) {
    const signs = [...word]
    for (let length = 1; length <= LONGEST; length += 1) addGrams(grams, signs, length)
  }
  return grams
}

/** The pieces by which texts with all of these words are looked up: the longest ones, and only as many as are useful. */
export function gramsOfWords(words: readonly string[]): Gram[] {
  const grams = new Set<Gram>()
  for (const word of words) {
    const signs = [...word]
    addGrams(grams, signs, Math.min(LONGEST, signs.length))
  }
  const all = [...grams]
  const step = Math.max(1, all.length / CONSIDERED_MAX)
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

function addGrams(grams: Set<Gram>, signs: readonly string[], length: number): void {
  for (let from = 0; from + length <= signs.length; from += 1)
    grams.add(hashOf(signs.slice(from, from + length).join('')))
}

// FNV-1a over UTF-16 units. The hashes are stored, so this function must not change.
function hashOf(text: string): Gram {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/**
 * The primary key of the row with a piece's numbers in a stretch of 8,192 keys. Rows that are written together, the pieces of new keys,
 * are thus next to each other; a search looks up one row in each stretch.
 */
export function placeOf(gram: Gram, stretch: number): number {
  return stretch * GRAMS + gram
}

/** The stretch of keys to which the numbers at a place belong. */
export function stretchAt(place: number): number {
  return Math.floor(place / GRAMS)
}

/** A key's number as the stretch and the number in it. */
export function splitNumber(number: number): { stretch: number; within: number } {
  return { stretch: Math.floor(number / NUMBERS_IN_SET), within: number % NUMBERS_IN_SET }
}
