/** The idempotency key of a creating call: the caller's own, or a random one. */
export function idempotencyHeader(given: string | undefined): Record<string, string> {
  return { 'idempotency-key': given ?? randomName() }
}

/** A name that nothing else has. */
export function randomName(): string {
  // randomUUID is missing on pages that were not loaded over TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** How a creating call may be named. */
export interface Repeatable {
  /**
   * The same one with the same body does the work once and answers what it answered, for a day. A random one is sent
   * unless given, so that the client's own repeats are safe.
   */
  idempotencyKey?: string | undefined
}
