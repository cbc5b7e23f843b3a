import type { Call } from '../../src/core/access/audit.ts'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { Fault } from '../../src/core/ground/faults.ts'
import { Secret } from '../../src/core/ground/secret.ts'
import { createLatchkey, type Latchkey } from '../../src/core/latchkey.ts'
import type { Chain } from '../../src/core/ledger/demand.ts'
import type { HoldBounds } from '../../src/core/ledger/hold-bounds.ts'
import { createLedger, type Ledger } from '../../src/core/ledger/ledger.ts'
import type { Key, UserId, WorkspaceId } from '../../src/core/types.ts'
import { memoryRateLimiter } from '../../src/rates/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestClock, testClock } from '../support/clock.ts'
import { testSettings } from '../support/settings.ts'
import type { KeyName } from './model.ts'

/** Two keys of one owner in one workspace over a real store, with a clock that only the test moves. */
export interface MoneyRig {
  store: Store
  clock: TestClock
  /** With several nodes, the next one at each access. */
  readonly latchkey: Latchkey
  call: Call
  ownerId: UserId
  workspaceId: WorkspaceId
  keys: Record<KeyName, { key: Key; secret: Secret }>
  /** Makes every node hear of the changes of the keys, their owner and their workspace, and of the spending of others. */
  hear(): Promise<void>
  /** Drops everything that is only in memory, like a crash; answered calls are on disk. */
  restart(): Promise<void>
}

const settings = testSettings()

/** A mistake that is planted to see that the tests notice it, and the bounds of the ledger. */
export interface Planted {
  ledger?: (ledger: Ledger) => Ledger
  /** The maximum numbers of open holds; none by default. */
  bounds?: Partial<HoldBounds>
  /** The effect of a crash on the mistake. */
  onRestart?: () => void
}

/** Builds a rig over an open store; every rig has an owner and a workspace of its own. */
export function rigOver(store: Store, planted: Planted = {}): Promise<MoneyRig> {
  return rigOverNodes([store], planted)
}

/** The same over several stores of one database, each with a node of its own. */
export async function rigOverNodes(stores: readonly Store[], planted: Planted = {}): Promise<MoneyRig> {
  const clock = testClock('2028-02-27T22:00:00.000Z')
  const build = (store: Store) => {
    const plain = createLedger({ store, clock, ...planted.bounds })
    const ledger = planted.ledger?.(plain) ?? plain
    return createLatchkey({
      store,
      clock,
      random: systemRandom,
      settings,
      rates: memoryRateLimiter(clock),
      ledger,
    })
  }
  let nodes = stores.map(build)
  let turn = 0
  const [latchkey] = nodes
  const [store] = stores
  if (latchkey === undefined || store === undefined) throw new Error('There is no node.')
  const chosen = new Secret(ROOT)
  await latchkey.initialize(chosen)
  const principal = await latchkey.authenticate(chosen, undefined)
  const call: Call = { principal, requestId: null, ip: null }
  const name = latchkey.newId<string>()
  const person = { username: name, email: `${name}@example.com`, displayName: name, role: 'USER' as const }
  const owner = await latchkey.users.create(call, person)
  const workspace = await latchkey.workspaces.create(call, { name, slug: name })
  const made = async () => {
    const input = { access: 'use' as const, ownerId: owner.id, workspaceId: workspace.id }
    const { view, secret } = await latchkey.keys.create(call, input)
    return { key: view.key, secret }
  }
  const keys = { key0: await made(), key1: await made() }
  return {
    store,
    clock,
    get latchkey() {
      return nodes[turn++ % nodes.length] ?? latchkey
    },
    call,
    ownerId: owner.id,
    workspaceId: workspace.id,
    keys,
    async hear() {
      const revision = await store.revision()
      const limited = { limits: { total: 0n }, includeByokInLimit: false }
      const accounts: Chain = [
        ...Object.values(keys).map(({ key }) => ({
          account: { kind: 'key' as const, id: key.id },
          allowance: limited,
        })),
        { account: { kind: 'user', id: owner.id }, allowance: limited },
        { account: { kind: 'workspace', id: workspace.id }, allowance: limited },
      ]
      for (const { facts, ledger } of nodes) {
        // The clock stands still here, so copies never become too old by themselves.
        await ledger.refresh(accounts)
        for (const { key } of Object.values(keys)) facts.forget({ kind: 'key', id: key.id }, revision)
        facts.forget({ kind: 'user', id: owner.id }, revision)
        facts.forget({ kind: 'workspace', id: workspace.id }, revision)
      }
    },
    async restart() {
      for (const { ledger } of nodes) await ledger.drained()
      planted.onRestart?.()
      nodes = stores.map(build)
    },
  }
}

const ROOT = 'root-secret-of-the-money-tests-0123456789'

/** The store, with a switch that makes its next commit of the ledger fail before it writes. */
export function failingStore(store: Store): { failing: Store; failNext: () => void } {
  let fails = false
  const failing: Store = {
    ...store,
    async commitLedger(entries, judge) {
      if (fails) {
        fails = false
        throw new Fault('store_unavailable')
      }
      return store.commitLedger(entries, judge)
    },
  }
  return {
    failing,
    failNext() {
      fails = true
    },
  }
}
