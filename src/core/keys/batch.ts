// Tests: test/wire/native/import-keys.test.ts, test/wire/native/revoke-keys.test.ts
import { type Ability, requireAbility } from '../access/abilities.ts'
import type { Audit, Call } from '../access/audit.ts'
import { DENIALS, noteEffect } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { afterAPart, Fault, type FaultCode } from '../ground/faults.ts'
import type { KeyId } from '../types.ts'

/** Faults that concern one record of a batch alone. Any other fault ends the call. */
const OF_ONE_RECORD: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'input_invalid',
  'permission_denied',
  'delegation_exceeded',
  'key_not_found',
  'key_foreign',
  'key_revoked',
  'key_id_taken',
  'secret_taken',
  'user_not_found',
  'user_foreign',
  'workspace_not_found',
  'too_many_keys',
  'too_many_members',
  'last_manager',
  'revision_mismatch',
  // Another caller has this one record locked.
  'store_unavailable',
])

/** Why one record of a batch failed. */
export interface Failed {
  status: 'failed'
  fault: Fault
}

/** The work on many records in one call: each is a change of its own, judged and written alone, one after the other. */
export interface Batch {
  /** False once the time limit of the call has passed; the caller must send the remaining records again. */
  hasTime(): boolean
  /**
   * Reads for the caller as it is now. Throws when the caller has lost its key, the batch's ability or its reach meanwhile, and
   * `partly_done` in place of any refusal once the work on a record is done.
   */
  read<Found>(work: (call: Call) => Promise<Found>): Promise<Found>
  /**
   * Does the work on one record for the caller as it is now; a fault that concerns only this record is its outcome. Denied attempts go into
   * the audit log. Throws like {@link read}.
   */
  attempt<Outcome>(id: KeyId | null, work: (call: Call) => Promise<Outcome>): Promise<Outcome | Failed>
}

/** Records that are processed before others get a turn. */
const ATTEMPTS_AT_ONCE = 16

/**
 * Begins a batch of a call. A batch goes on for seconds, and not all of its steps are changes, which are judged in their transactions: it
 * also lists keys, and a dry run only reads. So its caller is judged again before each record.
 */
export function beginBatch(asked: Call, { ability, action, authority, audit, clock }: BatchParts): Batch {
  const end = clock.now() + MAX.batchMs
  const reach = requireAbility(asked.principal, ability)
  let attempts = 0
  let hasWritten = false

  async function now(): Promise<Call> {
    const call = await authority.again(asked)
    // The caller has lost the reach by which these keys were listed, so it learns no more about them.
    if (requireAbility(call.principal, ability) !== 'ANY' && reach === 'ANY')
      throw new Fault('permission_denied')
    return call
  }

  async function read<Found>(work: (call: Call) => Promise<Found>): Promise<Found> {
    try {
      return await work(await now())
    } catch (error) {
      throw hasWritten ? afterAPart(error) : error
    }
  }

  return {
    hasTime: () => clock.now() < end,
    read,
    async attempt(id, work) {
      attempts += 1
      // Short reads of SQLite, as in a dry run, end without a pass of the event loop.
      if (attempts % ATTEMPTS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
      return read(async (present) => {
        const call = { ...present, effect: { isMade: false } }
        const [done] = await Promise.allSettled([work(call)])
        if (call.effect.isMade) {
          hasWritten = true
          noteEffect(asked)
        }
        // What has only read may have waited, and tells nothing to a caller that has lost its right meanwhile.
        else await now()
        if (done.status === 'fulfilled') return done.value
        const error: unknown = done.reason
        if (!(error instanceof Fault) || !concernsOne(error)) throw error
        if (DENIALS.has(error.code))
          audit.noteDenied(call, { action, target: { kind: 'key', id }, fault: error })
        return { status: 'failed', fault: error }
      })
    },
  }
}

interface BatchParts {
  /** The ability without which no record of the batch is processed. */
  ability: Ability
  /** The act on each record, for the audit log. */
  action: string
  authority: Pick<Authority, 'again'>
  audit: Pick<Audit, 'noteDenied'>
  clock: Clock
}

/** The outcome of a record for which the call had no time left. */
export function notBegun(): Failed {
  return { status: 'failed', fault: new Fault('server_busy', { message: NOT_BEGUN }) }
}

const NOT_BEGUN = 'The call had no time left for this key. Send it again.'

function concernsOne({ code, details }: Fault): boolean {
  return OF_ONE_RECORD.has(code) && (code !== 'store_unavailable' || details.heldUp === true)
}
