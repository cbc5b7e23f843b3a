/**
 * The names of volatile values in a golden exchange: `<kind:name>`. The first occurrence takes any value of the kind, every later one
 * must be the same value, and two names of a kind never have the same value (except free texts and numbers, which may be equal by
 * chance). A text may hold references among other characters. `<used:name>` is the last use of a key that is in use: null or a time.
 */
export interface References {
  /** Puts the known values into everything that is sent. Throws for a name that has no value yet. */
  fill<T>(template: T): T
  /** Compares an answer with its template and lists every difference with its place. */
  differences(template: unknown, actual: unknown, place: string): string[]
}

const KINDS: Record<string, RegExp> = {
  id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  hash: /^[0-9a-f]{64}$/,
  secret: /^[0-9A-Za-z_]{40,}$/,
  mask: /^\w+_\w{3}\.\.\.\w{3}$/,
  time: /^(?:\d{12,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/,
  number: /^-?\d+(?:\.\d+)?$/,
  text: /./s,
}

// Uses are collected for up to a second, so a key in use may show its last use or none yet.
const LAST_USE = 'used'

// Only these are numbers on the wire; a text of digits is not accepted in their place.
const NUMERIC = new Set(['time', 'number'])

const EQUAL_BY_CHANCE = new Set(['text', 'number'])

const REFERENCE = /<([a-z]+):([a-z0-9-]+)>/g
const WHOLE_REFERENCE = /^<([a-z]+):([a-z0-9-]+)>$/

/** Starts with the values that are known beforehand, named `kind:name`. */
export function references(known: Record<string, string> = {}): References {
  const values = new Map<string, string | number>(Object.entries(known))

  function take(kind: string, name: string, value: string | number): string | null {
    const pattern = KINDS[kind]
    if (pattern === undefined) return `there is no kind of reference "${kind}"`
    const full = `${kind}:${name}`
    const bound = values.get(full)
    if (bound !== undefined)
      return bound === value ? null : `is not <${full}>, which is ${JSON.stringify(bound)}`
    if (!pattern.test(String(value))) return `is not of the kind <${kind}>`
    const twin = [...values].find(([other, taken]) => other.startsWith(`${kind}:`) && taken === value)
    if (twin !== undefined && !EQUAL_BY_CHANCE.has(kind))
      return `is <${twin[0]}> again, where <${full}> was expected`
    values.set(full, value)
    return null
  }

  function compareText(template: string, actual: unknown): string | null {
    const whole = WHOLE_REFERENCE.exec(template)
    if (whole?.[1] === LAST_USE) return actual === null ? null : complaintAboutTime(actual)
    if (whole?.[1] !== undefined && whole[2] !== undefined) {
      const numeric = typeof actual === 'number' && NUMERIC.has(whole[1])
      if (!numeric && typeof actual !== 'string') return 'is neither text nor number'
      return take(whole[1], whole[2], actual)
    }
    if (typeof actual !== 'string') return 'is not text'
    if (!template.includes('<')) return template === actual ? null : 'differs'
    return compareParts(template, actual)
  }

  function compareParts(template: string, actual: string): string | null {
    const names: [string, string][] = []
    const pattern = template.split(REFERENCE).map((part, index, parts) => {
      if (index % 3 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      if (index % 3 === 1) return '(.+?)'
      names.push([parts[index - 1] ?? '', part])
      return ''
    })
    const match = new RegExp(`^${pattern.join('')}$`, 's').exec(actual)
    if (match === null) return 'differs'
    for (const [index, [kind, name]] of names.entries()) {
      const complaint = take(kind, name, match[index + 1] ?? '')
      if (complaint !== null) return complaint
    }
    return null
  }

  function fillText(template: string): string {
    return template.replaceAll(REFERENCE, (_, kind: string, name: string) => {
      const value = values.get(`${kind}:${name}`)
      if (value === undefined) throw new Error(`<${kind}:${name}> has no value yet`)
      return String(value)
    })
  }

  function fill(template: unknown): unknown {
    if (typeof template === 'string') return fillText(template)
    if (Array.isArray(template)) return template.map(fill)
    if (!isObject(template)) return template
    return Object.fromEntries(Object.entries(template).map(([name, value]) => [fillText(name), fill(value)]))
  }

  function differences(template: unknown, actual: unknown, place: string): string[] {
    if (typeof template === 'string')
      return complain(place, { template, actual, complaint: compareText(template, actual) })
    if (Array.isArray(template) && Array.isArray(actual)) {
      const length = complain(`${place}.length`, unequal(template.length, actual.length))
      return [
        ...length,
        ...template.flatMap((item, index) => differences(item, actual[index], `${place}[${index}]`)),
      ]
    }
    if (isObject(template) && isObject(actual)) {
      const extra = Object.keys(actual).filter((name) => !Object.hasOwn(template, name))
      return [
        ...Object.entries(template).flatMap(([name, value]) =>
          differences(value, actual[name], `${place}.${name}`),
        ),
        ...extra.map((name) => `${place}.${name}: was not expected, got ${JSON.stringify(actual[name])}`),
      ]
    }
    return complain(place, unequal(template, actual))
  }

  return { fill: fill as References['fill'], differences }
}

function complaintAboutTime(actual: unknown): string | null {
  return KINDS.time?.test(String(actual)) ? null : 'is neither null nor a time'
}

interface Comparison {
  template: unknown
  actual: unknown
  complaint: string | null
}

function unequal(template: unknown, actual: unknown): Comparison {
  return { template, actual, complaint: template === actual ? null : 'differs' }
}

function complain(place: string, { template, actual, complaint }: Comparison): string[] {
  if (complaint === null) return []
  return [`${place}: ${complaint}; expected ${JSON.stringify(template)}, got ${JSON.stringify(actual)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
