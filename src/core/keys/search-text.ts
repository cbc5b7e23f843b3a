// Characters that are visible only together with others: joiners, variation selectors, soft hyphens.
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu
// The combining dot that remains when a dotted capital I is lower-cased.
const DOT_ABOVE_I = /i\u0307/g

/**
 * A text without the differences that do not distinguish names: letter case in any script (also "ß" and "SS", "İ", "I", "ı" and "i",
 * both small sigmas), and the forms of one character (composed or not, wide or narrow, ligatures). Accents stay.
 */
export function foldedText(text: string): string {
  return (
    text
      .normalize('NFKC')
      .replace(UNSEEN, '')
      // The first of these turns the capital ß into one that the second knows.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replaceAll('ς', 'σ')
      .replace(DOT_ABOVE_I, 'i')
  )
}

/** A mask, such as `lk_o4z...YDb`: the prefix, and the first three and last three characters of the secret's own part. */
const WHOLE_MASK = /^(\S*_)?(\S{3})\.{3}(\S{3})$/u
/** Every part of a name that looks like a mask, also where one begins within another. */
const LIKE_MASK = /(?=(\S{3})\.{3}(\S{3}))/gu
/** Stands for the dots. Nobody can search for it, because folding removes it. */
const DOTS = '\u2060'

/** The words of a search: the folded texts between spaces, each once. None when nothing is visible. */
export function searchWords(search: string): string[] {
  const words = foldedText(search).split(/\s+/u).map(ownSigns)
  return [...new Set(words)].filter((word) => word !== '')
}

/** True for a text without a visible character. */
export function isBlank(text: string): boolean {
  return searchWords(text).length === 0
}

/**
 * The text in which a search looks for its words: the name and the current mask, folded. Of a mask only letters and digits count, as
 * its prefix and the secret's own characters: every key has the underscores and dots, so a search for them would find all keys.
 */
export function searchedText({ name, mask }: { name: string; mask: string }): string {
  const folded = foldedText(name)
  const inName = [...folded.matchAll(LIKE_MASK)].map(([, first, last]) => `${first}${DOTS}${last}`)
  return [folded, ...new Set([...inName, ...maskWords(foldedText(mask))])].join('\n')
}

function maskWords(mask: string): string[] {
  const [, prefix = ''] = WHOLE_MASK.exec(mask) ?? []
  return [...prefix.split('_'), ownSigns(mask)].filter((word) => word !== '')
}

/** A mask as its own characters; every other word unchanged. */
function ownSigns(word: string): string {
  return word.replace(WHOLE_MASK, `$2${DOTS}$3`)
}
