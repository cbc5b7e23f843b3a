// The bounds of the server.
const EXPRESSION_CHARS = 1_024
const EXPRESSION_TERMS = 64
const PERMISSION_CHARS = 128

const SEGMENT = '[A-Za-z0-9_:-]+'
const NAME = /* @__PURE__ */ new RegExp(`^${SEGMENT}(?:\\.${SEGMENT})*$`)
const WORDS = ['and', 'or', 'not']

/**
 * Whether somebody who holds these permissions meets a demand such as `a.read and (b.write or not c)`. A `*` of a held permission
 * stands for one segment, and as the last one for one or more. Throws a SyntaxError for a text that is no expression.
 */
export function meetsPermissions(held: readonly string[], demand: string): boolean {
  return parsePermissions(demand)(held)
}

/** Reads a demand once, to ask it of many. Throws a SyntaxError that says what is wrong. */
export function parsePermissions(demand: string): (held: readonly string[]) => boolean {
  if (demand.length > EXPRESSION_CHARS)
    throw new SyntaxError(`The expression is longer than ${EXPRESSION_CHARS} characters.`)
  const words = demand.match(/[()]|[^\s()]+/g) ?? []
  if (words.length > EXPRESSION_TERMS)
    throw new SyntaxError(`The expression has more than ${EXPRESSION_TERMS} names and operators.`)
  return new Reader(words).whole()
}

type Demand = (held: readonly string[]) => boolean

class Reader {
  readonly #words: readonly string[]
  #next = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  whole(): Demand {
    const demand = this.#either()
    if (this.#next < this.#words.length) throw this.#wrong('nothing')
    return demand
  }

  #either(): Demand {
    let left = this.#both()
    while (this.#take('or')) {
      const [one, other] = [left, this.#both()]
      left = (held) => one(held) || other(held)
    }
    return left
  }

  #both(): Demand {
    let left = this.#single()
    while (this.#take('and')) {
      const [one, other] = [left, this.#single()]
      left = (held) => one(held) && other(held)
    }
    return left
  }

  #single(): Demand {
    if (this.#take('not')) {
      const demand = this.#single()
      return (held) => !demand(held)
    }
    if (this.#take('(')) {
      const demand = this.#either()
      if (!this.#take(')')) throw this.#wrong('")"')
      return demand
    }
    const name = this.#words[this.#next] ?? ''
    const isName = NAME.test(name) && !WORDS.includes(name.toLowerCase()) && name.length <= PERMISSION_CHARS
    if (!isName) throw this.#wrong('a permission')
    this.#next += 1
    return (held) => held.some((pattern) => gives(pattern.split('.'), name.split('.')))
  }

  #take(word: string): boolean {
    const is = this.#words[this.#next]?.toLowerCase() === word
    if (is) this.#next += 1
    return is
  }

  #wrong(expected: string): SyntaxError {
    const word = this.#words[this.#next]
    const found = word === undefined ? 'it ends' : `there is "${word.slice(0, PERMISSION_CHARS)}"`
    return new SyntaxError(`The permission expression is wrong: ${found} where ${expected} was expected.`)
  }
}

function gives(pattern: readonly string[], name: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? name.length < pattern.length : name.length !== pattern.length) return false
  return pattern.every((segment, index) => segment === '*' || segment === name[index])
}
