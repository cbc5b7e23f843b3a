const WORD = /[\p{L}\p{M}\p{N}]+/gu

/**
 * The words of a text: runs of letters and digits, without their letter case. Marks belong to the letter before them, and
 * letters written in two ways (one code point, or a letter and a mark) come out the same.
 */
export function wordsOf(text: string): string[] {
  // The two lower-case forms of sigma would tell the end of a word from its inside, which the start of a word cannot know.
  return (text.normalize('NFC').toLowerCase().match(WORD) ?? []).map((word) => word.replaceAll('ς', 'σ'))
}

/** Every text that starts with the word lies in [word, endOfWords(word)) when texts are compared byte by byte. */
export function endOfWords(word: string): string {
  return `${word}\u{10FFFF}`
}
