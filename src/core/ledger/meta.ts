import { Fault } from '../ground/faults.ts'
import { decodeJsonString } from '../ground/json-string.ts'

/**
 * The metadata of a use of money: texts by name. Callers choose the names, and one report may bring thousands of new ones. As members of
 * objects they would make the engine's table of names grow, and each growth stops the event loop; so what comes in numbers is written as text.
 */
export type Meta = WrittenMeta | Readonly<Record<string, string>>

/**
 * Metadata as the text of a JSON object, which is also its form in the database. It is one text in memory however many names it has: thousands of
 * events may wait to be written, and the collector of garbage visits each of their parts while nobody is served.
 */
export class WrittenMeta {
  /** A JSON object whose members are strings, without white space. */
  readonly text: string
  /** Counted once: each event is weighed several times before it is written. Null until somebody asks. */
  private known: number | null

  private constructor(text: string, count: number | null) {
    this.text = text
    this.known = count
  }

  /** Metadata that {@link WrittenMeta.of} has written down before. */
  static from(text: string): WrittenMeta {
    return new WrittenMeta(text, null)
  }

  /** Writes metadata down. */
  static of(meta: ReadonlyMap<string, string>): WrittenMeta {
    let text = ''
    for (const [name, value] of meta)
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`
    text = `{${text}}`
    // Reading a character makes one text of the parts, which would be kept otherwise.
    text.charCodeAt(0)
    return new WrittenMeta(text, meta.size)
  }

  /** How many names it has. */
  get count(): number {
    this.known ??= this.map(() => null).length
    return this.known
  }

  entries(): [string, string][] {
    return this.map((name, value) => [textOf(name), textOf(value)])
  }

  /** The results for each name with its text, both as they are written. */
  map<Result>(each: (name: string, value: string) => Result): Result[] {
    const { text } = this
    const results: Result[] = []
    for (let at = 1; at < text.length - 1; ) {
      const colon = this.endOfString(at)
      const end = this.endOfString(colon + 1)
      results.push(each(text.slice(at, colon), text.slice(colon + 1, end)))
      at = end + 1
    }
    return results
  }

  /** The place behind the string that begins here. */
  private endOfString(start: number): number {
    for (let at = start + 1; ; at += 1) {
      at = this.text.indexOf('"', at)
      if (at < 0) throw new Fault('internal', { internal: 'written metadata does not end' })
      let slashes = 0
      while (this.text[at - 1 - slashes] === '\\') slashes += 1
      if (slashes % 2 === 0) return at + 1
    }
  }
}

function textOf(quoted: string): string {
  const written = quoted.slice(1, -1)
  return written.includes('\\') ? (decodeJsonString(written) ?? '') : written
}

/** The names with their texts. */
export function metaEntries(meta: Meta): [string, string][] {
  return meta instanceof WrittenMeta ? meta.entries() : Object.entries(meta)
}

/** The names with their texts, each pair as two JSON strings and a comma. Equal pairs are equal texts. */
export function metaPairs(meta: Meta): string[] {
  if (meta instanceof WrittenMeta) return meta.map((name, value) => `${name},${value}`)
  return Object.entries(meta).map(([name, value]) => `${JSON.stringify(name)},${JSON.stringify(value)}`)
}

/** How many names there are. */
export function metaCount(meta: Meta): number {
  return meta instanceof WrittenMeta ? meta.count : Object.keys(meta).length
}

/** The metadata as the text of a JSON object. */
export function metaText(meta: Meta): string {
  return meta instanceof WrittenMeta ? meta.text : JSON.stringify(meta)
}

/** The metadata as an object, for an answer that shows it. */
export function metaObject(meta: Meta): Record<string, string> {
  return Object.fromEntries(metaEntries(meta))
}

/** True when both have the same names and texts, in any order. */
export function sameMeta(one: Meta, other: Meta): boolean {
  const text = (meta: Meta) => JSON.stringify(metaEntries(meta).sort())
  return metaText(one) === metaText(other) || text(one) === text(other)
}
