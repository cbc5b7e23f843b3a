import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { foldedText, searchedText, searchWords } from './search-text.ts'

/** True when every word of the search stands somewhere in the name. */
function finds(search: string, name: string): boolean {
  const text = searchedText({ name, mask: '' })
  const words = searchWords(search)
  return words.length > 0 && words.every((word) => text.includes(word))
}

test('typed words find names in any form', () => {
  const found: [search: string, name: string][] = [
    ['istanbul', 'İstanbul'],
    ['İSTANBUL', 'istanbul'],
    ['ISPARTA', 'ısparta'],
    ['code', 'OpenCode'],
    ['STRASSE', 'Straße 7'],
    ['straße', 'HAUPTSTRASSE'],
    ['οδοσ', 'ΟΔΟΣ'],
    ['ΟΔΟΣ', 'οδος'],
    ['abc', 'ＡＢＣ'],
    ['カタカナ', 'ｶﾀｶﾅ'],
    ['東京', '東京リージョン'],
    ['京', '東京'],
    ['ﬁle', 'profile'],
    ['caf\u00e9', 'cafe\u0301'],
    ['❤', 'I ❤️ keys'],
    ['👩‍💻', 'dev 👩‍💻 key'],
    ['%', '100 %'],
    ['++', 'c++'],
    ['--', 'a -- b'],
    ['_', 'snake_case'],
    ['\\', 'back\\slash'],
    ['क्षि', 'क्षितिज'],
  ]
  for (const pair of found) expect([...pair, finds(...pair)]).toEqual([...pair, true])
})

test('a missing text is not found', () => {
  const missed: [search: string, name: string][] = [
    ['uber', 'über'],
    ['%', 'percent'],
    ['_', 'snake case'],
    ['++', 'c+'],
    ['opencode', 'open code'],
    ['🚀', 'rocket'],
    ['', 'anything'],
    [' \t\u00a0\u3000', 'any thing'],
    ['\u200b\ufe0f\u00ad', 'anything'],
  ]
  for (const pair of missed) expect([...pair, finds(...pair)]).toEqual([...pair, false])
})

test('a name is found by itself, by its letters in the other case, and by any part of it', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (text, from, length) => {
      if (searchWords(text).length === 0) return
      expect(finds(text, text)).toBe(true)
      expect(finds(text.toUpperCase(), text)).toBe(true)
      expect(finds(text.toLowerCase(), text)).toBe(true)
      const folded = [...foldedText(text)]
      const part = folded.slice(from % folded.length, (from % folded.length) + 1 + (length % 5)).join('')
      if (searchWords(part).length > 0) expect(finds(part, text)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('every character is folded alike in capitals, in small letters, and when folded twice', () => {
  const others: string[] = []
  for (let code = 0; code < 0x110000; code += 1) {
    const sign = String.fromCodePoint(code)
    if (!sign.isWellFormed()) continue
    const folded = foldedText(sign)
    const same = [folded, sign.toUpperCase(), sign.toLowerCase()].every((form) => foldedText(form) === folded)
    if (!same) others.push(`U+${code.toString(16)}`)
  }
  expect(others).toEqual([])
}, 30_000)

test('the letters of a mask are found, and not the characters that every mask has', () => {
  const inMask = (search: string, mask: string) =>
    searchWords(search).every((word) => searchedText({ name: 'n', mask }).includes(word))
  for (const part of ['lk', 'o4z', 'O4Z', 'YDb', 'lk_o4z...YDb', 'lk_o4z…YDb', 'o4z...ydb'])
    expect([part, inMask(part, 'lk_o4z...YDb')]).toEqual([part, true])
  for (const common of ['_', '.', '..', '...', 'lk_', 'z.', 'zy', 'lk_o4z...YDc', 'lk_o4y...YDb'])
    expect([common, inMask(common, 'lk_o4z...YDb')]).toEqual([common, false])
  expect(inMask('my', 'my_app_A1b...9Zq')).toBe(true)
  expect(inMask('abc...xyz', 'abc...xyz')).toBe(true)
})

test('a name that looks like a mask is found by any part of it', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '_', '...', 'foo', 'lk_'),
    minLength: 1,
    maxLength: 30,
  })
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (text, from, length) => {
      const start = from % text.length
      expect(finds(text.slice(start, start + 1 + (length % (text.length - start))), text)).toBe(true)
    }),
    { numRuns: 3_000 },
  )
})
