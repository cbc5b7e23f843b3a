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

/** The idempotency key of a creating call. */
export interface Repeatable {
  /**
   * Calls with the same key and the same body do the work once and get the first response, for a day. By default the client sends a
   * random key, so that its own retries are safe.
   */
  idempotencyKey?: string | undefined
}
