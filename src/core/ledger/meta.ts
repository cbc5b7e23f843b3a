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

  /** Metadata that was written down before. */
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
    this.known ??= this.entries().length
    return this.known
  }

  entries(): [string, string][] {
    const { text } = this
    const found: [string, string][] = []
    for (let at = 1; at < text.length - 1; ) {
      const colon = this.endOfString(at)
      const end = this.endOfString(colon + 1)
      found.push([this.textOf(at, colon), this.textOf(colon + 1, end)])
      at = end + 1
    }
    return found
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

  private textOf(start: number, end: number): string {
    const written = this.text.slice(start + 1, end - 1)
    return written.includes('\\') ? (decodeJsonString(written) ?? '') : written
  }
}

/** The names with their texts. */
export function metaEntries(meta: Meta): [string, string][] {
  return meta instanceof WrittenMeta ? meta.entries() : Object.entries(meta)
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
