// Tests: test/wire/native/list-keys.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { UserStore } from '../../store/people.ts'
import type { Instant } from '../ground/clock.ts'
import { noReserved, noSpend } from '../money/budgets.ts'
import type { Key, User } from '../types.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { ListedKey } from './queries.ts'

/** A key with its owner and the usage that its limits are measured against, read at `at`. */
export interface KeyView extends ListedKey {
  at: Instant
}

/** Reads the data that is shown with a key in addition to its own record. */
export interface KeyViews {
  of(key: Key, at: Instant): Promise<KeyView>
}

/** The view of a key that has spent nothing yet. */
export function unspentView(key: Key, owner: User | null, at: Instant): KeyView {
  return { key, owner, spend: noSpend(), reserved: noReserved(), at }
}

/** Builds the reading of views. */
export function createKeyViews(store: WithoutWrites<KeyStore & LedgerStore & UserStore>): KeyViews {
  return {
    async of(key, at) {
      const [standings, owner] = await Promise.all([
        store.standingOf([key.id], at),
        store.findUser({ id: key.ownerId }),
      ])
      return { ...unspentView(key, owner, at), ...standings.get(key.id) }
    },
  }
}
