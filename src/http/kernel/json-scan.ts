import { MAX } from '../../core/ground/bounds.ts'
import { decodeString, isSpace, parseText } from './json-texts.ts'
import { pointerTo, requestFault } from './places.ts'
import { RequestFault } from './request-faults.ts'
import type { Turns } from './turns.ts'

/** How much one JSON body may hold. It is counted before the parsing, because parsing and validating cost more than counting. */
export interface JsonBounds {
  /** All values together; arrays and objects count twice, because they cost more. */
  values: number
  /** Members of one object. */
  members: number
  /** Items of one array. */
  items: number
  /**
   * A member of the root whose array may have more items; that array is parsed and validated in pieces. `named` is a member of its items
   * whose object has names that callers choose: such an object becomes {@link NamedEntries}. As members of objects, thousands of new names make the
   * engine's table of names grow, and each growth stops the event loop.
   */
  list?: { member: string; items: number; named?: string }
  /** Is called when a text that has this list has been counted, and may refuse it by throwing. */
  counted?(counts: ListCounts): void
}

/** Where the list of {@link JsonBounds} stands in the text: the end of its opening bracket, its closing bracket, and the end of each item. */
export interface ListPlace {
  start: number
  end: number
  itemEnds: number[]
  named: NamedObject[]
}

/** An object in the text whose names callers choose: from its opening to behind its closing bracket, and the index of its item. */
export interface NamedObject {
  start: number
  end: number
  item: number
  entries: [string, unknown][]
}

/** How much a text with the list of {@link JsonBounds} holds. Each comma, array and object counts as a value. */
export interface ListCounts {
  items: number
  values: number
}

/**
 * Reads a JSON text once, and refuses one with too much in it (`input_invalid`, with the place), with too deep nesting, or with
 * content that cannot be stored (`body_malformed`): NUL characters, halves of surrogate pairs, the member name `__proto__`. It checks
 * no grammar but the brackets; the parser does the rest. Returns where the list is, if the bounds name one and the text has it.
 * Between two pieces of a long text other callers get their turn.
 */
export async function scanJson(text: string, bounds: JsonBounds, turns: Turns): Promise<ListPlace | null> {
  const scan = new Scan(text, bounds)
  for (let until = PIECE_CHARS; ; until += PIECE_CHARS) {
    scan.run(Math.min(until, text.length))
    if (until >= text.length) return scan.ended()
    if (turns.isOver()) await turns.next()
  }
}

const PIECE_CHARS = 32_768

/** Below it are control characters, which a JSON string has only as escapes. */
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** An array or object that is not closed yet. */
interface Container {
  isArray: boolean
  isList: boolean
  /** The commas so far, which are the index of the present item. */
  commas: number
  /** The name of the present member, as it is written. */
  name: Quoted
  /** Where it is read member by member: what it has so far, and where its present name or value begins. */
  object: NamedObject | null
  from: number
}

/** A string in the text: from its opening to behind its closing quote. Most are never looked at, so it is decoded when it is asked for. */
interface Quoted {
  start: number
  end: number
  hasEscapes: boolean
}

const NO_NAME: Quoted = { start: 0, end: 0, hasEscapes: false }
/** A character takes at most so many, as an escape such as `\u0041`. */
const ESCAPE_CHARS = 6

class Scan {
  list: ListPlace | null = null
  private at = 0
  private readonly open: Container[] = []
  private values = 1
  private listNamed = false
  /** The last item that has named its object. */
  private namedIn: Container | null = null
  private inString = false
  /** The last string that has ended. */
  private string = NO_NAME
  private stringStart = 0
  private hasEscapes = false

  private readonly text: string
  private readonly bounds: JsonBounds

  constructor(text: string, bounds: JsonBounds) {
    this.text = text
    this.bounds = bounds
  }

  /** Where the list is, after the end of the text. */
  ended(): ListPlace | null {
    const { list, values } = this
    if (list !== null) this.bounds.counted?.({ items: list.itemEnds.length, values })
    return list
  }

  /** Reads on to about this character. It never stops within an escape. */
  run(until: number): void {
    while (this.at < until) {
      if (this.inString) this.runString(until)
      else {
        this.sign(this.text.charCodeAt(this.at))
        this.at += 1
      }
    }
  }

  private sign(sign: number): void {
    if (sign === QUOTE) {
      this.inString = true
      this.stringStart = this.at
      this.hasEscapes = false
    } else if (sign === COMMA) this.comma()
    else if (sign === COLON) this.name()
    else if (sign === OPEN_ARRAY || sign === OPEN_OBJECT) this.enter(sign === OPEN_ARRAY)
    else if (sign === CLOSE_ARRAY || sign === CLOSE_OBJECT) this.leave(sign === CLOSE_ARRAY)
  }

  private runString(until: number): void {
    const { text } = this
    for (; this.at < until; this.at += 1) {
      const sign = text.charCodeAt(this.at)
      if (sign === BACKSLASH) this.escape()
      else if (sign < SPACE) throw new RequestFault('body_malformed')
      else if (sign === QUOTE) {
        this.inString = false
        this.at += 1
        this.string = { start: this.stringStart, end: this.at, hasEscapes: this.hasEscapes }
        return
      }
    }
  }

  /** Begins at a backslash, and moves to the last character of the escape. */
  private escape(): void {
    this.hasEscapes = true
    if (this.text.charCodeAt(this.at + 1) !== LETTER_U) {
      this.at += 1
      return
    }
    const unit = this.escapedUnit(this.at)
    this.at += 5
    if (unit === 0) throw unstorable('a NUL character')
    if (unit >= 0xdc00 && unit <= 0xdfff) throw unstorable(HALF_A_PAIR)
    if (unit < 0xd800 || unit > 0xdfff) return
    const low = this.escapedUnit(this.at + 1)
    if (low < 0xdc00 || low > 0xdfff) throw unstorable(HALF_A_PAIR)
    this.at += 6
  }

  /** The UTF-16 unit of an escape such as `\u0041`; -1 when it is malformed. */
  private escapedUnit(at: number): number {
    const { text } = this
    if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== LETTER_U) return -1
    let unit = 0
    for (let index = at + 2; index < at + 6; index += 1) {
      const digit = hexDigit(text.charCodeAt(index))
      if (digit < 0) return -1
      unit = unit * 16 + digit
    }
    return unit
  }

  private name(): void {
    const container = this.open.at(-1)
    if (container === undefined || container.isArray) return
    if (container.object !== null) this.requireName(container)
    const name = this.string
    container.name = name
    if (this.isText(name, '__proto__')) throw unstorable('a member named "__proto__"')
    if (this.open.length === 1) this.nameList(name)
    else if (this.isItem(container)) this.nameObject(container)
  }

  private nameList(name: Quoted): void {
    const { list } = this.bounds
    if (list === undefined || !this.isText(name, list.member)) return
    if (this.listNamed) throw malformed(`has the member "${list.member}" twice`)
    this.listNamed = true
  }

  private nameObject(item: Container): void {
    const { list } = this.bounds
    if (list?.named === undefined || !this.isText(item.name, list.named)) return
    if (this.namedIn === item) throw malformed(`has an item with the member "${list.named}" twice`)
    this.namedIn = item
  }

  private textOf({ start, end, hasEscapes }: Quoted): string {
    // Decoding takes long, and what contains it is longer than a record may be.
    if (end - start > MAX.smallBodyBytes + 2) throw new RequestFault('body_too_large')
    const written = this.text.slice(start + 1, end - 1)
    return hasEscapes ? decodeString(written) : written
  }

  /** Whether a string has this text. A long one is not decoded to see that. */
  private isText(quoted: Quoted, text: string): boolean {
    const chars = quoted.end - quoted.start - 2
    const most = quoted.hasEscapes ? ESCAPE_CHARS * text.length : text.length
    return chars >= text.length && chars <= most && this.textOf(quoted) === text
  }

  /** True for an item of the list. */
  private isItem(container: Container): boolean {
    return this.open.length === 3 && this.open[1]?.isList === true && !container.isArray
  }

  /** Nothing but one string may stand between the beginning of a member and its colon. */
  private requireName(container: Container): void {
    if (container.name !== NO_NAME || !this.isStringOnly(container.from))
      throw new RequestFault('body_malformed')
    container.from = this.at + 1
  }

  /** Whether the last string is all that stands between this place and the present one. Its item is too long if that is. */
  private isStringOnly(from: number): boolean {
    if (this.at - from > MAX.smallBodyBytes) throw new RequestFault('body_too_large')
    const { text, string, at } = this
    return string.start >= from && isSpace(text, from, string.start) && isSpace(text, string.end, at)
  }

  /** Takes the member that ends here into the object that is read member by member. */
  private takeMember(container: Container, object: NamedObject): void {
    const { name, from } = container
    if (name === NO_NAME) throw new RequestFault('body_malformed')
    const value = this.isStringOnly(from)
      ? this.textOf(this.string)
      : parseText(this.text.slice(from, this.at))
    object.entries.push([this.textOf(name), value])
    container.name = NO_NAME
    container.from = this.at + 1
  }

  private comma(): void {
    const container = this.open.at(-1)
    if (container === undefined) return
    container.commas += 1
    this.count()
    const { isArray, isList, commas } = container
    const { members, items, list } = this.bounds
    const most = isList ? (list?.items ?? items) : isArray ? items : members
    if (commas >= most)
      throw requestFault(this.pointer(), `Has more than ${most} ${isArray ? 'items' : 'members'}.`)
    if (isList) this.list?.itemEnds.push(this.at)
    if (container.object !== null) this.takeMember(container, container.object)
  }

  private count(): void {
    this.values += 1
    const { values } = this.bounds
    if (this.values > values) throw requestFault('', `Has more than ${values} values in all.`)
  }

  private enter(isArray: boolean): void {
    const { list } = this.bounds
    const parent = this.open.at(-1)
    const isList =
      isArray &&
      list !== undefined &&
      this.open.length === 1 &&
      parent?.isArray === false &&
      this.isText(parent.name, list.member)
    if (isList) {
      // A second array after one name is invalid JSON, and would be taken for a second list.
      if (this.list !== null) throw new RequestFault('body_malformed')
      this.list = { start: this.at + 1, end: this.text.length, itemEnds: [], named: [] }
    }
    this.count()
    const object = isArray || parent === undefined ? null : this.namedObject(parent)
    this.open.push({ isArray, isList, commas: 0, name: NO_NAME, object, from: this.at + 1 })
    if (this.open.length > MAX.bodyDepth) throw malformed(`nests deeper than ${MAX.bodyDepth} levels`)
  }

  /** The record of an object that begins here, if its names are those of callers. */
  private namedObject(parent: Container): NamedObject | null {
    const { list } = this
    const named = this.bounds.list?.named ?? ''
    if (list === null || this.namedIn !== parent || !this.isText(parent.name, named)) return null
    const object = { start: this.at, end: this.at, item: this.open[1]?.commas ?? 0, entries: [] }
    list.named.push(object)
    return object
  }

  private leave(isArray: boolean): void {
    const container = this.open.pop()
    if (container === undefined || container.isArray !== isArray) throw new RequestFault('body_malformed')
    if (container.object !== null) this.leaveNamed(container, container.object)
    if (!container.isList || this.list === null) return
    this.list.end = this.at
    const last = this.list.itemEnds.at(-1) ?? this.list.start - 1
    const isEmpty = container.commas === 0 && this.text.slice(last + 1, this.at).trim() === ''
    if (!isEmpty) this.list.itemEnds.push(this.at)
  }

  private leaveNamed(container: Container, object: NamedObject): void {
    // Behind a colon nothing may be missing.
    const isEmpty =
      container.commas === 0 && container.name === NO_NAME && isSpace(this.text, container.from, this.at)
    if (!isEmpty) this.takeMember(container, object)
    object.end = this.at + 1
  }

  /** The path of the innermost open container, for a message. */
  private pointer(): string {
    const steps = this.open
      .slice(0, -1)
      .map((each) => (each.isArray ? String(each.commas) : this.textOf(each.name)))
    return pointerTo(steps, 'json')
  }
}

function hexDigit(sign: number): number {
  if (sign >= 0x30 && sign <= 0x39) return sign - 0x30
  const letter = sign | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const HALF_A_PAIR = 'half of a surrogate pair'

function unstorable(what: string): RequestFault {
  return malformed(`holds ${what}, which cannot be stored`)
}

function malformed(what: string): RequestFault {
  return new RequestFault('body_malformed', { message: `The request body ${what}.` })
}
