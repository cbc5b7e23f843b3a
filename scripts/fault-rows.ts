import { readFileSync } from 'node:fs'

/** One row of docs/errors.md; every client has a constant for it. */
export interface FaultRow {
  code: string
  status: string
  meaning: string
  /** The words of the code, from which the names of constants are made. */
  words: string[]
}

const ROW = /^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm

/** The codes of docs/errors.md, in its order. */
export function faultRows(): FaultRow[] {
  const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  return [...page.matchAll(ROW)].map(([, code = '', status = '', meaning = '']) => {
    const words = code.split('_').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    return { code, status, meaning, words }
  })
}
