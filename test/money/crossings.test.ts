import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AccountId, LedgerEntry } from '../../src/core/ledger/entries.ts'
import { createLedger, type Ledger } from '../../src/core/ledger/ledger.ts'
import type { Allowance, Key, KeyId, User, Workspace } from '../../src/core/types.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { testClock } from '../support/clock.ts'
import { postgresForTests } from '../support/postgres.ts'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  eventOf,
  NOON,
  patchKey,
  seed,
} from '../support/records.ts'

// The thresholds that a commit works out from what it knows of its accounts are those that the store finds by looking.

const postgres = await postgresForTests()
const HISTORIES = Number(process.env.LATCHKEY_TEST_CROSSING_HISTORIES ?? 8)

type Step =
  | { do: 'charge'; key: 0 | 1; amount: bigint }
  | { do: 'record'; key: 0 | 1; amount: bigint }
  | { do: 'limit'; of: 'key' | 'user' | 'workspace'; limit: bigint | null; isDaily: boolean }
  | { do: 'wait'; hours: number }
  | { do: 'restart' }

const which = fc.constantFrom(0 as const, 1 as const)
const amount = fc.bigInt({ min: 0n, max: 6n })
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('charge' as const), key: which, amount }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('record' as const), key: which, amount }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('limit' as const),
        of: fc.constantFrom('key' as const, 'user' as const, 'workspace' as const),
        limit: fc.oneof(fc.constantFrom(null, 0n), fc.bigInt({ min: 1n, max: 40n })),
        isDaily: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 30) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { minLength: 30, maxLength: 60 },
)

/** Two keys of one user in one workspace, each with a place for its limits. */
interface Place {
  store: Store
  keys: [Key, Key]
  user: User
  workspace: Workspace
}

async function placeIn(store: Store): Promise<Place> {
  await seed(store)
  const user = await addUser(store, 5, { limits: { total: 30n } })
  const workspace = await addWorkspace(store, 6, { limits: { daily: 20n } })
  const payer = { ownerId: user.id, workspaceId: workspace.id }
  const keys: [Key, Key] = [
    await addKey(store, 10, { ...payer, limits: { daily: 10n } }),
    await addKey(store, 11, { ...payer, limits: { daily: 7n, total: 25n } }),
  ]
  return { store, keys, user, workspace }
}

async function setLimit(place: Place, { of, limit, isDaily }: Extract<Step, { do: 'limit' }>): Promise<void> {
  const limits = limit === null ? {} : isDaily ? { daily: limit } : { total: limit }
  const { store, user, workspace } = place
  if (of === 'key') place.keys[0] = await patchKey(store, place.keys[0].id, { limits })
  if (of === 'user') {
    place.user = await store.changeUser(
      user.id,
      (now) => ({ next: { ...now, limits }, audit: auditOf('user', user.id, 'user.update') }),
      { act: actAt() },
    )
  }
  if (of === 'workspace') {
    place.workspace = await store.changeWorkspace(
      workspace.id,
      (now) => ({ next: { ...now, limits }, audit: auditOf('workspace', workspace.id, 'workspace.update') }),
      { act: actAt() },
    )
  }
}

function chainOf({ user, workspace }: Place, key: Key) {
  const allowed = (account: AccountId, { revision, ...allowance }: Allowance & { revision: number }) => ({
    account,
    allowance,
    revision,
  })
  return [
    allowed({ kind: 'key', id: key.id }, key),
    allowed({ kind: 'user', id: user.id }, user),
    allowed({ kind: 'workspace', id: workspace.id }, workspace),
  ]
}

async function charge(ledger: Ledger, place: Place, key: Key, entry: LedgerEntry, money: bigint) {
  const chain = chainOf(place, key)
  for (let round = 0; round < 5; round += 1) {
    const admission = await ledger.admit(chain, { amount: money, entry, caller: null })
    if (admission !== null && admission.outcome !== 'again') return admission.outcome
    await ledger.load(chain)
  }
  throw new Error('never decided')
}

async function crossingsOf({ store, keys, user, workspace }: Place) {
  const accounts: AccountId[] = [
    ...keys.map(({ id }) => ({ kind: 'key' as const, id })),
    { kind: 'user', id: user.id },
    { kind: 'workspace', id: workspace.id },
  ]
  const rows = await Promise.all(
    accounts.map((account) => store.listCrossings({ account: account, limit: 1_000 })),
  )
  return rows.flat().map(({ account, ...row }) => ({ ...row, account: `${account.kind} ${account.id}` }))
}

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  test.skipIf(engine === 'PostgreSQL' && 'absent' in postgres)(
    `what charges reach on ${engine} is what the store finds`,
    async () => {
      const seen = { crossings: 0, charges: 0, refused: 0 }
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          const database =
            engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
          const judged = await placeIn(await openStore(database?.url ?? 'sqlite::memory:'))
          const plain = await placeIn(await openStore('sqlite::memory:'))
          const clock = testClock(NOON)
          let ledger = createLedger({ store: judged.store, clock })
          try {
            for (const [n, step] of history.entries()) {
              if (step.do === 'wait') clock.advance(step.hours * 3_600_000)
              else if (step.do === 'restart') ledger = createLedger({ store: judged.store, clock })
              else if (step.do === 'limit') for (const place of [judged, plain]) await setLimit(place, step)
              else {
                const key = judged.keys[step.key]
                const now = clock.now()
                const payer = { ownerId: judged.user.id, workspaceId: judged.workspace.id }
                const event = eventOf(key.id as KeyId, `e${n}`, {
                  ...payer,
                  amount: step.amount,
                  at: now,
                  recordedAt: now,
                })
                const entry: LedgerEntry = { kind: 'event', event }
                if (step.do === 'record') await ledger.record([entry], null)
                const outcome =
                  step.do === 'record' ? 'written' : await charge(ledger, judged, key, entry, step.amount)
                seen[outcome === 'written' ? 'charges' : 'refused'] += 1
                if (outcome === 'written') await plain.store.commitLedger([entry])
              }
            }
            const found = await crossingsOf(judged)
            expect(found).toEqual(await crossingsOf(plain))
            seen.crossings += found.length
          } finally {
            await judged.store.close()
            await plain.store.close()
            await database?.drop()
          }
        }),
        { numRuns: HISTORIES },
      )
      console.log(`${engine}: ${HISTORIES} histories`, seen)
      expect(Math.min(seen.crossings, seen.charges, seen.refused)).toBeGreaterThan(10)
    },
    60_000,
  )
}
