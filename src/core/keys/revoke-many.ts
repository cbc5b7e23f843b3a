// Tests: test/wire/native/revoke-keys.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore } from '../../store/people.ts'
import type { Audit, Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { checkRole } from '../access/delegation.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { inputFault } from '../ground/faults.ts'
import type { Cursor, Page } from '../ground/page.ts'
import type { Digest, Key, KeyId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { LastUsed } from '../verify/uses.ts'
import { type Batch, beginBatch, type Failed, notBegun } from './batch.ts'
import { type ChangeKey, reachedKey } from './change-key.ts'
import { isAmongFiltered, type KeyFilter } from './key-filter.ts'
import type { KeyView } from './key-views.ts'
import type { Keys } from './keys.ts'
import { type KeyRef, nameOf } from './queries.ts'
import { type RevocationReceipt, receiptOf, revocation } from './revocation.ts'

/** Why a key that matches a filter is not revoked. */
export type Skip = 'own_key' | 'no_longer_matches'

/** The outcome for one key. A dry run has no receipt. */
export type RevokeOutcome = { named: KeyId | Digest } & (
  | { status: 'revoked' | 'already_revoked'; id: KeyId; receipt: RevocationReceipt | null }
  | { status: 'skipped'; id: KeyId; why: Skip }
  | Failed
)

/** The options of revoking. */
export interface RevokeOrder {
  reason: string | null
  /**
   * True to report the result for each key without a change. It cannot report failures that only the transaction finds, such as the last
   * manager.
   */
  dryRun: boolean
}

/** Revokes many keys in one call. Each is checked and revoked in a transaction of its own, and is dead when the call answers. */
export interface RevokeMany {
  /** Revokes the named keys; the key of the call itself, if it is among them, comes last. */
  named(call: Call, refs: readonly KeyRef[], order: RevokeOrder): Promise<RevokeOutcome[]>
  /**
   * Revokes keys that match a filter, some at a time: `next` continues, null after the last. Each must still match when it is revoked.
   * The key of the call itself is kept. Throws `input_invalid` for a filter that filters nothing.
   */
  filtered(
    call: Call,
    filter: KeyFilter,
    order: RevokeOrder & { after?: Cursor },
  ): Promise<{ outcomes: RevokeOutcome[]; next: Cursor | null }>
}

/** Builds it. */
export function createRevokeMany({
  store,
  keys,
  change,
  changes,
  authority,
  audit,
  lastUsed,
  clock,
}: {
  store: WithoutWrites<KeyStore & MemberStore & UserStore>
  keys: Pick<Keys, 'list'>
  change: ChangeKey
  changes: Pick<Changes, 'settle'>
  authority: Pick<Authority, 'again'>
  audit: Pick<Audit, 'noteDenied'>
  lastUsed: LastUsed
  clock: Clock
}): RevokeMany {
  const usedAt = ({ id, lastUsedAt }: Key): Instant | null => {
    const noted = lastUsed.noted(id)
    return noted === null ? lastUsedAt : Math.max(noted, lastUsedAt ?? 0)
  }

  const begin = (call: Call) =>
    beginBatch(call, { ability: 'DELETE_APIKEY', action: 'key.revoke', authority, audit, clock })

  async function endNamed(call: Call, ref: KeyRef, { reason, dryRun }: RevokeOrder): Promise<RevokeOutcome> {
    const named = nameOf(ref)
    if (dryRun) {
      const key = await reachedKey(store, call, {
        ref,
        at: clock.now(),
        ability: 'DELETE_APIKEY',
        telling: {},
      })
      const owner = await store.findUser({ id: key.ownerId })
      if (owner !== null && key.revokedAt === null) checkRole(call.principal.user, owner)
      const status = key.revokedAt === null ? ('revoked' as const) : ('already_revoked' as const)
      return { named, status, id: key.id, receipt: null }
    }
    const { next, ...ending } = revocation(reason)
    let wasRevoked = false
    const receipt = await change(call, ref, {
      ...ending,
      ability: 'DELETE_APIKEY',
      next(current, changing) {
        wasRevoked = current.revokedAt !== null
        return next(current, changing)
      },
    })
    const status = wasRevoked ? ('already_revoked' as const) : ('revoked' as const)
    return { named, status, id: receipt.written.id, receipt: receiptOf(receipt) }
  }

  async function endFiltered(
    call: Call,
    { key, owner }: KeyView,
    filter: KeyFilter,
    { reason, dryRun }: RevokeOrder,
  ): Promise<RevokeOutcome> {
    const { id } = key
    const skipped = (why: Skip) => ({ named: id, status: 'skipped' as const, id, why })
    if (id === call.principal.keyId) return skipped('own_key')
    if (dryRun) {
      // The caller may have lost its reach since the key was listed.
      await reachedKey(store, call, { ref: { id }, at: clock.now(), ability: 'DELETE_APIKEY', telling: {} })
      if (owner !== null) checkRole(call.principal.user, owner)
      return { named: id, status: 'revoked', id, receipt: null }
    }
    const { next, ...ending } = revocation(reason)
    let stays = false
    const receipt = await change(
      call,
      { id },
      {
        ...ending,
        ability: 'DELETE_APIKEY',
        next(current, changing) {
          const { owner, at } = changing
          stays = !isAmongFiltered(filter, { key: current, owner, lastUsedAt: usedAt(current), at })
          return stays ? null : next(current, changing)
        },
      },
    )
    return stays
      ? skipped('no_longer_matches')
      : { named: id, status: 'revoked', id, receipt: receiptOf(receipt) }
  }

  /** Waits once for all revoked keys, however many there are, and writes the result into the receipts. */
  async function settled({ wait }: Call, outcomes: RevokeOutcome[]): Promise<RevokeOutcome[]> {
    const last = Math.max(0, ...outcomes.map((outcome) => receiptIn(outcome)?.revision ?? 0))
    if (last === 0) return outcomes
    const { inForce, at } = await changes.settle(last, wait)
    return outcomes.map((outcome) => {
      const receipt = receiptIn(outcome)
      if (receipt === null || !('receipt' in outcome)) return outcome
      return { ...outcome, receipt: { ...receipt, inForce, at: at ?? receipt.at } }
    })
  }

  async function endPage(
    page: Page<KeyView>,
    { batch, filter, order }: { batch: Batch; filter: KeyFilter; order: RevokeOrder },
  ): Promise<{ outcomes: RevokeOutcome[]; next: Cursor | null }> {
    const outcomes: RevokeOutcome[] = []
    for (const view of page.rows) {
      const { id, createdAt } = view.key
      const outcome = await batch.attempt(id, (now) => endFiltered(now, view, filter, order))
      outcomes.push('named' in outcome ? outcome : { named: id, ...outcome })
      if (!batch.hasTime()) return { outcomes, next: { value: createdAt, id } }
    }
    return { outcomes, next: page.next }
  }

  return {
    async named(asked, refs, order) {
      const call: Call = { ...asked, wait: 'none' }
      const batch = begin(call)
      const done = new Map<KeyId | Digest, RevokeOutcome>()
      const known = await store.resolveKeys([...refs])
      const isOwn = (ref: KeyRef) => known.get(nameOf(ref))?.keyId === call.principal.keyId
      // The caller's own key is revoked last and once, by whichever of its names comes first: the acts after it would be refused.
      let own: RevokeOutcome | null = null
      for (const ref of [...refs].sort((one, other) => Number(isOwn(one)) - Number(isOwn(other)))) {
        const named = nameOf(ref)
        if (done.has(named)) continue
        const before = isOwn(ref) ? own : null
        if (before !== null) {
          done.set(named, { ...namedAgain(before), named })
          continue
        }
        const id = 'id' in ref ? ref.id : null
        const outcome = batch.hasTime()
          ? await batch.attempt(id, (now) => endNamed(now, ref, order))
          : notBegun()
        const ended = 'named' in outcome ? outcome : { named, ...outcome }
        done.set(named, ended)
        if (isOwn(ref)) own = ended
      }
      return settled(
        asked,
        [...new Set(refs.map(nameOf))].flatMap((named) => done.get(named) ?? []),
      )
    },

    async filtered(asked, filter, { after, ...order }) {
      const call: Call = { ...asked, wait: 'none' }
      requireMeaning(filter, clock.now())
      const batch = begin(call)
      // Pending uses are written first, so that the filter does not find keys that were just used.
      await lastUsed.flush()
      const outcomes: RevokeOutcome[] = []
      let from = after
      for (let pages = 0; pages < MAX.batchPages && outcomes.length < MAX.batchKeys; pages += 1) {
        const query = { ...filter, sort: 'createdAt' as const, limit: MAX.pageSize }
        const next = from === undefined ? query : { ...query, after: from }
        const page = await batch.read((now) => keys.list(now, next))
        const ended = await endPage(page, { batch, filter, order })
        outcomes.push(...ended.outcomes)
        if (ended.next === null) return { outcomes: await settled(asked, outcomes), next: null }
        from = ended.next
        if (!batch.hasTime()) break
      }
      return { outcomes: await settled(asked, outcomes), next: from ?? null }
    },
  }
}

/** The outcome of a key that a call names a second time. */
function namedAgain(outcome: RevokeOutcome): RevokeOutcome {
  return outcome.status === 'revoked' && outcome.receipt !== null
    ? { ...outcome, status: 'already_revoked' }
    : outcome
}

function receiptIn(outcome: RevokeOutcome): RevocationReceipt | null {
  return 'receipt' in outcome ? outcome.receipt : null
}

/** Refuses an empty filter, which would match all keys: most likely its members were lost by mistake. */
function requireMeaning(filter: KeyFilter, now: Instant): void {
  const { labels, ...others } = filter
  const says = Object.values(others).some((value) => value !== undefined) || (labels ?? []).length > 0
  if (!says)
    throw inputFault(['filter'], 'Must have at least one member: an empty filter would match all keys.')
  if (filter.status === 'revoked') throw inputFault(['filter', 'status'], 'Revoked keys are revoked already.')
  if (filter.unusedSince !== undefined && filter.unusedSince > now)
    throw inputFault(['filter', 'unusedSince'], 'Must not be in the future: every key would match.')
}
