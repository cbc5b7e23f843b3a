import { Fault, type InputError, type Place } from '../../core/ground/faults.ts'

/** An error of the input with its place in the request: a JSON pointer into the body, or `query:limit`, `param:id`, `header:if-match`. */
export interface RequestError extends InputError {
  pointer: string
  /** Set when the place holds a member that the schema does not know; one dialect answers those in a form of its own. */
  unknownMember?: true
}

/** The part of a request that holds the members which the core names: its body, or the query when it has no body. */
export type AskedPart = 'json' | 'query'

/** A fault in one place of the request. */
export function requestFault(pointer: string, message: string): Fault {
  return new Fault('input_invalid', { message, errors: [requestError(pointer, message)] })
}

/** An error at one place of the request. */
export function requestError(pointer: string, message: string): RequestError {
  return { place: [], pointer, message }
}

/** The errors of a fault with their places in the request. */
export function requestErrors(errors: readonly InputError[], part: AskedPart): RequestError[] {
  return errors.map((each) =>
    isRequestError(each) ? each : { ...each, pointer: pointerTo(wirePath(each.place), part) },
  )
}

/** The wire form of a place in one part of the request. Long names are cut, because a caller can send names of any length. */
export function pointerTo(path: readonly PropertyKey[], part: string): string {
  const steps = path.map((step) => String(step).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1'))
  return part === 'json' ? steps.map((step) => `/${step}`).join('') : `${part}:${steps.join('/')}`
}

function isRequestError(error: InputError): error is RequestError {
  return 'pointer' in error
}

/** A place in words of the wire. In a path, a key is one parameter: its id or its hash. */
function wirePath(place: Place): Place {
  const [parent, last] = place.slice(-2)
  const name = parent === 'key' && last !== undefined ? KEY_NAMES.get(last) : undefined
  if (name !== undefined) return [...place.slice(0, -2), name]
  return place.map((step) => WIRE_NAMES.get(step) ?? step)
}

const WIRE_NAMES = new Map<Place[number], string>([
  ['ttlMs', 'ttlSeconds'],
  ['keyLifetimeMs', 'keyLifetime'],
])

const KEY_NAMES = new Map<Place[number], string>([
  ['id', 'keyId'],
  ['digest', 'hash'],
])
