import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { UserStore } from '../../store/people.ts'
import type { Instant } from '../ground/clock.ts'
import { noReserved, noSpend } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Spend } from '../money/spend.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { Key, User } from '../types.ts'

/** A key with its owner and the usage that its limits are measured against, read at `at`. */
export interface KeyView {
  key: Key
  /** Null for the revoked key of a user that has been deleted. */
  owner: User | null
  spend: Spend
  /** What open reservations hold, in the windows of `at`. */
  reserved: Record<LimitWindow, NanoUsd>
  at: Instant
}

/** Reads what is shown of keys besides their own records. */
export interface KeyViews {
  of(key: Key, at: Instant): Promise<KeyView>
  ofAll(keys: readonly Key[], at: Instant): Promise<KeyView[]>
}

/** The view of a key that nothing was spent with yet. */
export function unspentView(key: Key, owner: User | null, at: Instant): KeyView {
  return { key, owner, spend: noSpend(), reserved: noReserved(), at }
}

/** Builds the reading of views. */
export function createKeyViews(store: KeyStore & LedgerStore & UserStore): KeyViews {
  async function ofAll(keys: readonly Key[], at: Instant): Promise<KeyView[]> {
    if (keys.length === 0) return []
    const ownerIds = [...new Set(keys.map((key) => key.ownerId))]
    const keyIds = keys.map((key) => key.id)
    const [standings, ...found] = await Promise.all([
      store.standingOf(keyIds, at),
      ...ownerIds.map((id) => store.findUser({ id })),
    ])
    const owners = new Map(ownerIds.map((id, index) => [id, found[index] ?? null]))
    return keys.map((key) => {
      const view = unspentView(key, owners.get(key.ownerId) ?? null, at)
      return { ...view, ...standings.get(key.id) }
    })
  }

  return {
    ofAll,
    async of(key, at) {
      const [view] = await ofAll([key], at)
      return view ?? unspentView(key, null, at)
    },
  }
}
