// Tests: test/authority, test/route-inventory.test.ts
import { addressMatcher } from '../ground/addresses.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Secret } from '../ground/secret.ts'
import { refuseLife } from '../keys/life.ts'
import type { Digest, User } from '../types.ts'
import type { Facts } from '../verify/facts.ts'
import type { AddressFinder } from '../verify/outcomes.ts'
import type { ReadyFacts } from '../verify/prepared.ts'
import type { LastUsed } from '../verify/uses.ts'
import { addressAllowed } from '../verify/verify.ts'
import { callerOf, mayManage, type Principal } from './abilities.ts'
import type { Call } from './audit.ts'
import type { Act } from './audit-entry.ts'
import { isManager } from './managers.ts'
import type { Actor } from './warrant.ts'

/**
 * Finds out who holds a credential. Throws `credential_invalid`, the same for unknown, revoked, disabled and expired
 * ones, and `address_forbidden` for a live key used from elsewhere.
 */
export type Authenticate = (credential: Secret, ip: string | undefined) => Promise<Principal>

/** Finds the holder of a credential, also for a key that is disabled, expired or not valid yet, so that the holder can read its
 * key. It does not count as a use. Throws `credential_invalid` for unknown and revoked keys, and `address_forbidden`.
 */
export type Recognise = (credential: Secret, ip: string | undefined) => Promise<Principal>

/** The demand of an act on its caller: throws a fault to refuse the caller. Pure, so that it can be checked again. The witnesses are
 * the other users who have seen the credential; they are known in the transaction of the act, and there are none before.
 */
export type Demand = (principal: Principal, witnesses: readonly User[]) => void

/** Finds the caller, and checks its rights. A request takes time (its body arrives, the store is busy), and rights that
 * the caller loses meanwhile must not be used. So they are checked before the body is read, again after its last byte, and once more where
 * the act takes effect: in the store's transaction, for money in the turn of the event loop in which it is taken, and for a read after it.
 */
export interface Authority {
  authenticate: Authenticate
  /** The same for reading the own key: it moves the time of the last use, but not the count of uses. */
  inspect: Authenticate
  recognise: Recognise
  /** The same as authenticate, for a session whose secret was shown before and whose digest is remembered. Throws the same. */
  resume(credential: Digest, ip: string | undefined): Promise<Principal>
  /**
   * The caller of this credential, if memory holds a usable key. Otherwise null, and `authenticate` gives the reason. It does not wait
   * and does not count as a use. `from` is called only for a key that is bound to addresses.
   */
  remembered(credential: Digest, from: AddressFinder): Principal | null
  /** Whether a secret belongs to a live key that can manage everything, whatever address it is bound to. */
  managesAll(credential: Secret): Promise<boolean>
  /** The call with its caller in its present state; a promise while memory does not hold it. Throws as authenticate does. */
  again(call: Call): Call | Promise<Call>
  /** The same for a caller that {@link recognise} has found. Throws as that does. */
  recogniseAgain(call: Call): Call | Promise<Call>
  /**
   * Judges the caller again, for an act that takes effect in memory in the same turn of the event loop. A promise while memory does
   * not hold the caller, or while a commit has missed the sign-in of its browser. Throws as the demand does.
   */
  check(call: Call, demand: Demand): Promise<void> | undefined
  /** The act of a call; the store applies the demand to it once more. Throws at once when the demand is not met now. */
  act(call: Call, at: Instant, demand: Demand): Act
}

/** Builds the judge of callers; it sees the same facts as verify. */
export function createAuthority({
  facts,
  clock,
  lastUsed,
}: {
  facts: Facts
  clock: Clock
  lastUsed: LastUsed
}): Authority {
  function again(call: Call, find: Finding = principalOf): Call | Promise<Call> {
    const { signIn } = call
    if (signIn === undefined) return presently(call, find)
    return signIn.requireLive().then(() => {
      signIn.isMissed = false
      return presently(call, find)
    })
  }

  function presently(call: Call, find: Finding = principalOf): Call | Promise<Call> {
    const { credential } = call.principal
    const nowOf = (known: ReadyFacts | null): Call => {
      if (known === null) throw new Fault('credential_invalid')
      return { ...call, principal: find(known, { ip: call.ip, now: clock.now() }) }
    }
    const known = facts.remembered(credential)
    if (known !== undefined) return nowOf(known)
    return facts.reload(credential, callerOf(call.principal)).then(nowOf)
  }

  async function known(credential: Secret): Promise<ReadyFacts> {
    const found = await facts.ofSecret(credential)
    if (found === null) throw new Fault('credential_invalid')
    return found
  }

  function admitted(found: ReadyFacts, ip: string | undefined): Principal {
    const now = clock.now()
    const principal = principalOf(found, { ip: ip ?? null, now })
    lastUsed.note(found.key.id, now)
    return principal
  }

  return {
    async authenticate(credential, ip) {
      return admitted(await known(credential), ip)
    },

    async inspect(credential, ip) {
      const found = await known(credential)
      const now = clock.now()
      const principal = principalOf(found, { ip: ip ?? null, now })
      lastUsed.noteLook(found.key.id, now)
      return principal
    },

    async resume(credential, ip) {
      const found = facts.remembered(credential) ?? (await facts.reload(credential))
      if (found === null) throw new Fault('credential_invalid')
      return admitted(found, ip)
    },

    async recognise(credential, ip) {
      return holderOf(await known(credential), { ip: ip ?? null, now: clock.now() })
    },

    remembered(credential, from) {
      const known = facts.remembered(credential)
      if (known === undefined || refuseLife(known, clock.now()) !== null) return null
      if (known.allowsAddress !== null && !addressAllowed(known, from.clientIp() ?? undefined)) return null
      return principalFrom(known)
    },

    async managesAll(credential) {
      const known = await facts.ofSecret(credential)
      if (known === null || refuseLife(known, clock.now()) !== null) return false
      return isManager(known.owner) && mayManage(known.key.access)
    },

    again: (call) => again(call),

    recogniseAgain: (call) => again(call, holderOf),

    check(call, demand) {
      const now = call.signIn?.isMissed ? again(call) : presently(call)
      if (now instanceof Promise) return now.then(({ principal }) => demand(principal, []))
      demand(now.principal, [])
      return undefined
    },

    act(call, at, demand) {
      const { principal, requestId, ip, effect } = call
      demand(principal, [])
      const { credential } = principal
      const judge = (actor: Actor) =>
        demand(principalOf(readyActor(actor), { ip, now: clock.now() }), actor.witnesses)
      return {
        at,
        userId: principal.user.id,
        keyId: principal.keyId,
        requestId,
        ip,
        warrant: { credential, session: call.signIn?.session ?? null, judge },
        effect,
      }
    },
  }
}

/** Finds the caller among its facts, or throws. */
type Finding = (known: Known, at: { ip: string | null; now: Instant }) => Principal

type Known = Pick<ReadyFacts, 'allowsAddress'> & Omit<Actor, 'witnesses'>

function principalOf(known: Known, { ip, now }: { ip: string | null; now: Instant }): Principal {
  const dead = refuseLife(known, now)
  if (dead !== null) throw new Fault('credential_invalid', { internal: dead })
  return holderOf(known, { ip, now })
}

/** The holder of a key, whether or not the key may be used. The secret of a revoked key, and a secret whose overlap has
 * ended, have no holder: throws `credential_invalid` then, and `address_forbidden`.
 */
export function holderOf(known: Known, { ip, now }: { ip: string | null; now: Instant }): Principal {
  if (refuseLife(known, now) === 'NOT_FOUND') throw new Fault('credential_invalid', { internal: 'NOT_FOUND' })
  if (!addressAllowed(known, ip ?? undefined)) throw new Fault('address_forbidden')
  return principalFrom(known)
}

function principalFrom({ key, secret, owner }: Omit<Actor, 'witnesses'>): Principal {
  const { digest: credential, seenBy } = secret
  return { user: owner, keyId: key.id, access: key.access, credential, seenBy }
}

function readyActor(actor: Actor): Known {
  const { allowedIps } = actor.key
  return { ...actor, allowsAddress: allowedIps.length === 0 ? null : addressMatcher(allowedIps) }
}
