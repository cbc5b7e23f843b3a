/** The result of a standalone function: a value, or an expected error. */
export type Result<T, E = unknown> =
  | { ok: true; value: T; error?: never }
  | { ok: false; value?: never; error: E }

/** A success. */
export function OK<V>(value: V): Result<V, never> {
  return { ok: true, value }
}

/** A failure. */
export function ERR<E>(error: E): Result<never, E> {
  return { ok: false, error }
}

/** The value; throws the error if there is no value. */
export function unwrap<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value
  throw result.error
}

/** The same of a promise. */
export async function unwrapAsync<T>(result: Promise<Result<T, unknown>>): Promise<T> {
  return unwrap(await result)
}
