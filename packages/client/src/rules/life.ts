import type { Word } from '../words.ts'

/** The members of a key that decide its status. Times are RFC 3339, as the server sends them, or milliseconds. */
export interface KeyLife {
  /** Whether it is switched off. */
  disabled?: boolean | undefined
  /** When it ended for good. */
  revokedAt?: string | number | null | undefined
  /** From then on it is expired. */
  expiresAt?: string | number | null | undefined
  /** Until then it is not valid yet. */
  notBefore?: string | number | null | undefined
  /** Whether its owner is switched off, and the key with it. */
  ownerDisabled?: boolean | undefined
}

/** The status of a key at a moment (milliseconds). If several apply, the first of revoked, disabled, not yet valid and expired wins. */
export function keyStatus(
  key: KeyLife,
  at: number,
): 'active' | 'revoked' | 'disabled' | 'expired' | 'not_yet_valid' | Word {
  const { revokedAt, expiresAt, notBefore } = key
  if (isThere(revokedAt)) return 'revoked'
  if (key.disabled || key.ownerDisabled) return 'disabled'
  if (isThere(notBefore) && msOf(notBefore) > at) return 'not_yet_valid'
  if (isThere(expiresAt) && msOf(expiresAt) <= at) return 'expired'
  return 'active'
}

function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}

function msOf(time: string | number): number {
  const ms = typeof time === 'number' ? time : Date.parse(time)
  // An unreadable moment must not make a key valid.
  if (Number.isNaN(ms)) throw new TypeError(`"${time}" is no moment.`)
  return ms
}
