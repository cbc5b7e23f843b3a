// @ts-check

// What stands for a volatile value in the table: `<kind:name>` (docs/sdk-cases.md). Plain JavaScript, like all that runs in
// every runtime that the TypeScript SDK is made for.

/** @typedef {Record<string, string | number>} Values */

/** @type {Record<string, RegExp>} */
const KINDS = {
  id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  hash: /^[0-9a-f]{64}$/,
  secret: /^[0-9A-Za-z_]{40,}$/,
  mask: /^\w+_\w{3}\.\.\.\w{3}$/,
  time: /^(?:\d{12,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/,
  number: /^-?\d+(?:\.\d+)?$/,
  text: /./s,
  used: /^(?:null|\d{12,15})$/,
}
const REFERENCE = /<([a-z]+:[a-z0-9-]+)>/g
const WHOLE = /^<(([a-z]+):[a-z0-9-]+)>$/

/**
 * Puts the known values in place of references; a text that is nothing but one keeps the value's type. One without a
 * value throws.
 *
 * @param {unknown} template
 * @param {Values} values
 * @returns {any}
 */
export function fill(template, values) {
  if (Array.isArray(template)) return template.map((item) => fill(item, values))
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value, values)]))
  if (typeof template !== 'string') return template
  const whole = WHOLE.exec(template)?.[1]
  if (whole !== undefined) return valueNamed(whole, values)
  return template.replaceAll(REFERENCE, (_, name) => String(valueNamed(name, values)))
}

/**
 * Compares what came with a template and lists every difference by its place. Members that are null count as absent. A
 * reference without a value takes the one that stands there.
 *
 * @param {unknown} template
 * @param {unknown} actual
 * @param {Values} values
 * @param {string} place
 * @returns {string[]}
 */
export function differences(template, actual, values, place) {
  if (typeof template === 'string') return compareText(template, actual, { values, place })
  if (Array.isArray(template) && Array.isArray(actual)) {
    if (template.length !== actual.length)
      return [`${place} has ${actual.length} items, expected ${template.length}`]
    return template.flatMap((item, index) => differences(item, actual[index], values, `${place}[${index}]`))
  }
  if (isObject(template) && isObject(actual)) {
    const names = new Set([...Object.keys(template), ...Object.keys(actual)])
    return [...names].flatMap((name) => differences(template[name], actual[name], values, `${place}.${name}`))
  }
  const same = template === actual || (isNothing(template) && isNothing(actual))
  return same ? [] : [`${place} is ${JSON.stringify(actual)}, expected ${JSON.stringify(template)}`]
}

/**
 * @param {string} template
 * @param {unknown} actual
 * @param {{ values: Values, place: string }} where
 * @returns {string[]}
 */
function compareText(template, actual, { values, place }) {
  const [, name, kind] = WHOLE.exec(template) ?? []
  const wrong = (/** @type {string} */ why) => [`${place} is ${JSON.stringify(actual)}, ${why}`]
  if (name === undefined || kind === undefined) {
    const wanted = template.includes('<') ? fill(template, values) : template
    return wanted === actual ? [] : wrong(`expected ${JSON.stringify(wanted)}`)
  }
  const known = values[name]
  if (known !== undefined)
    return known === actual ? [] : wrong(`not <${name}>, which is ${JSON.stringify(known)}`)
  const pattern = KINDS[kind]
  if (pattern === undefined) return wrong(`and there is no kind of reference "${kind}"`)
  if (!pattern.test(String(actual ?? null))) return wrong(`not of the kind <${kind}>`)
  if (typeof actual === 'string' || typeof actual === 'number') values[name] = actual
  return []
}

/** @param {string} name @param {Values} values */
function valueNamed(name, values) {
  const value = values[name]
  if (value === undefined) throw new Error(`<${name}> has no value yet`)
  return value
}

/** @param {unknown} value */
function isNothing(value) {
  return value === null || value === undefined
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
