import type { Principal } from '../access/abilities.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { digestOf, type Secret } from '../ground/secret.ts'
import type { Facts } from './facts.ts'
import type { LastUsed } from './uses.ts'
import { addressAllowed, refuseLife } from './verify.ts'

/**
 * Finds out who holds a credential. Throws `credential_invalid`, the same for unknown, revoked, disabled and expired
 * ones, and `address_forbidden` for a live key used from elsewhere.
 */
export type Authenticate = (credential: Secret, ip: string | undefined) => Promise<Principal>

/** Builds the authentication of control-plane calls; it sees the same facts as verify. */
export function createAuthenticate({
  facts,
  clock,
  lastUsed,
}: {
  facts: Facts
  clock: Clock
  lastUsed: LastUsed
}): Authenticate {
  return async function authenticate(credential, ip) {
    if (credential.reveal().length > MAX.credentialChars) throw new Fault('credential_invalid')
    const digest = digestOf(credential)
    const known = facts.remembered(digest) ?? (await facts.load(credential, digest))
    if (known === null) throw new Fault('credential_invalid')
    const now = clock.now()
    const dead = refuseLife(known, now)
    if (dead !== null) throw new Fault('credential_invalid', { internal: dead })
    if (!addressAllowed(known, ip)) throw new Fault('address_forbidden')
    lastUsed.note(known.key.id, now)
    return { user: known.owner, keyId: known.key.id, access: known.key.access }
  }
}
