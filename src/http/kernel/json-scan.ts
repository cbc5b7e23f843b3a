import { MAX } from '../../core/ground/bounds.ts'
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
  /** A member of the root whose array may have more items; that array is parsed and validated in pieces. */
  list?: { member: string; items: number }
  /** Is called when a text that has this list has been counted, and may refuse it by throwing. */
  counted?(counts: ListCounts): void
}

/** Where the list of {@link JsonBounds} stands in the text: the end of its opening bracket, its closing bracket, and the end of each item. */
export interface ListPlace {
  start: number
  end: number
  itemEnds: number[]
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
  /** The name of the present member as it is written, with its quotes. */
  name: string
}

class Scan {
  list: ListPlace | null = null
  private at = 0
  private readonly open: Container[] = []
  private values = 1
  private listNamed = false
  private inString = false
  private stringStart = 0
  private stringEnd = 0

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
      else if (sign === QUOTE) {
        this.inString = false
        this.at += 1
        this.stringEnd = this.at
        return
      }
    }
  }

  /** Begins at a backslash, and moves to the last character of the escape. */
  private escape(): void {
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
    container.name = this.text.slice(this.stringStart, this.stringEnd)
    const name = nameOf(container)
    if (name === '__proto__') throw unstorable('a member named "__proto__"')
    if (this.open.length > 1 || name !== this.bounds.list?.member) return
    if (this.listNamed) throw malformed(`has the member "${name}" twice`)
    this.listNamed = true
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
      nameOf(parent) === list.member
    if (isList) {
      // A second array after one name is invalid JSON, and would be taken for a second list.
      if (this.list !== null) throw new RequestFault('body_malformed')
      this.list = { start: this.at + 1, end: this.text.length, itemEnds: [] }
    }
    this.count()
    this.open.push({ isArray, isList, commas: 0, name: '' })
    if (this.open.length > MAX.bodyDepth) throw malformed(`nests deeper than ${MAX.bodyDepth} levels`)
  }

  private leave(isArray: boolean): void {
    const container = this.open.pop()
    if (container === undefined || container.isArray !== isArray) throw new RequestFault('body_malformed')
    if (!container.isList || this.list === null) return
    this.list.end = this.at
    const last = this.list.itemEnds.at(-1) ?? this.list.start - 1
    const isEmpty = container.commas === 0 && this.text.slice(last + 1, this.at).trim() === ''
    if (!isEmpty) this.list.itemEnds.push(this.at)
  }

  /** The path of the innermost open container, for a message. */
  private pointer(): string {
    const steps = this.open.slice(0, -1).map((each) => (each.isArray ? String(each.commas) : nameOf(each)))
    return pointerTo(steps, 'json')
  }
}

/** The name of the present member, with its escapes decoded. Empty when the text is no JSON string. */
function nameOf({ name }: Container): string {
  if (!name.includes('\\')) return name.slice(1, -1)
  try {
    return String(JSON.parse(name))
  } catch {
    return ''
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
