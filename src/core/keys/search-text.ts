// Signs that are there to be seen with others only: joiners, variation selectors, soft hyphens.
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu
// What is left of a dotted capital I.
const DOT_ABOVE_I = /i\u0307/g

/**
 * A text without what does not tell names apart: letter case in any script (also "ß" and "SS", "İ", "I", "ı" and "i", both small sigmas), and
 * the several ways of writing one sign (composed or not, wide or narrow, ligatures). Accents stay.
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

/** The words of a search: what stands between spaces, folded, each once; none where there is nothing to be seen. */
export function searchWords(search: string): string[] {
  return [...new Set(foldedText(search).split(/\s+/u))].filter((word) => word !== '')
}

/** True for a text in which there is nothing to be seen. */
export function isBlank(text: string): boolean {
  return searchWords(text).length === 0
}

/** The text in which a search looks for its words: the name and the current mask, folded. */
export function searchedText({ name, mask }: { name: string; mask: string }): string {
  return foldedText(`${name}\n${mask}`)
}
