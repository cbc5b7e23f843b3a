/**
 * Returns the place of the first value that does not fit; undefined when everything fits. It never returns a value, because one may be a
 * secret.
 */
export type Shape = (value: unknown, place: string) => string | undefined

function kind(fits: (value: unknown) => boolean): Shape {
  return (value, place) => (fits(value) ? undefined : place)
}

/** A text, perhaps an empty one. */
export const text: Shape = /* @__PURE__ */ kind((value) => typeof value === 'string')

/** A name: a text that is not empty. */
export const name: Shape = /* @__PURE__ */ kind((value) => typeof value === 'string' && value !== '')

/** True or false. */
export const flag: Shape = /* @__PURE__ */ kind((value) => typeof value === 'boolean')

/** A number. */
export const number: Shape = /* @__PURE__ */ kind(Number.isFinite)

/** An amount: a decimal number as text. */
export const amount: Shape = /* @__PURE__ */ kind((value) => /^-?\d+(\.\d+)?$/.test(textual(value)))

/** A moment in RFC 3339. */
export const time: Shape = /* @__PURE__ */ kind(
  (value) => /^\d{4,6}-\d\d-\d\dT/.test(textual(value)) && !Number.isNaN(Date.parse(textual(value))),
)

/** Whether a value is there: null counts as absent. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** The shape or undefined. */
export function maybe(shape: Shape): Shape {
  return (value, place) => (isGiven(value) ? shape(value, place) : undefined)
}

/** A list of them. */
export function list(shape: Shape): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) return place
    for (const [index, item] of value.entries()) {
      const misfit = shape(item, `${place}[${index}]`)
      if (misfit !== undefined) return misfit
    }
    return undefined
  }
}

/** A map with values of one kind, whatever their names. */
export function map(shape: Shape): Shape {
  return (value, place) =>
    isObject(value) ? firstMisfit(Object.values(value), (each) => shape(each, place)) : place
}

/** An object with at least these members. */
export function object(members: Record<string, Shape>): Shape {
  return (value, place) =>
    isObject(value)
      ? firstMisfit(Object.entries(members), ([member, shape]) =>
          shape(value[member], place === '' ? member : `${place}.${member}`),
        )
      : place
}

/** Whether it is an object, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstMisfit<T>(items: readonly T[], misfitOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const misfit = misfitOf(item)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function textual(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
