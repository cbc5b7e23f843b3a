import { type SqlBool, sql } from 'kysely'
import { Fault } from '../../../core/ground/faults.ts'
import { nameOf as accountName, accountsOf } from '../../../core/ledger/account.ts'
import type { AccountId, LedgerEntry, LedgerOutcome, ReservationId } from '../../../core/ledger/entries.ts'
import { ADMITS_ALL, type Judge, type LockedRows } from '../../../core/ledger/judge.ts'
import { type Meta, metaEntries } from '../../../core/ledger/meta.ts'
import { entryEvent, payerOf } from '../../../core/ledger/units.ts'
import type { KeyId } from '../../../core/types.ts'
import { requireStorableTexts, type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import type { Step } from '../base/row-forms.ts'
import { bulkStatement } from '../base/statement.ts'
import { liveSessions } from '../people/sign-ins.ts'
import { allowancesIn, lockAccounts } from './account-versions.ts'
import { changedSince, keepChangesOut } from './commit-fence.ts'
import { readStanding } from './ledger-rows.ts'
import { AS_EXPECTED, nameOf, planLedger, type Stored } from './plan.ts'
import { accountsIn, countHoldsIn } from './spend.ts'
import { stepsOf } from './steps.ts'

/**
 * The number of attempts, while other callers change the stored rows, before the database counts as unavailable. An attempt whose decision did not
 * stand any more does not count: each of these takes entries out of the commit, so there is an end.
 */
const ATTEMPTS = 8

/**
 * See `LedgerStore.commitLedger`. The first attempt is optimistic: it assumes that nothing is stored yet and reads nothing; the row
 * counts in the transaction verify that, and it writes nothing when they differ. Further attempts read the stored records first and write
 * the rest; for entries that are probably not new, all attempts do.
 */
export async function commitLedger(
  db: SqlDatabase,
  entries: readonly LedgerEntry[],
  judge: Judge = ADMITS_ALL,
  { areNew } = { areNew: true },
): Promise<LedgerOutcome[]> {
  requireStorableTexts(textsOf(entries))
  if (entries.length === 0) return []
  for (let differed = 0; differed < ATTEMPTS; ) {
    let outcomes: LedgerOutcome[] = []
    const decide = async (trx: Trx | null) => {
      await judge.prepare(await lockedRows(db, trx, { entries, records: judge.records ?? [] }))
      const isOptimistic = areNew && differed === 0
      const stored = isOptimistic ? AS_EXPECTED : await readStored(db, trx, entries)
      const plan = planLedger(entries, stored, judge)
      outcomes = isOptimistic ? await withDuplicates(db, trx, { entries, ...plan }) : plan.outcomes
      return stepsOf(db, plan)
    }
    const ran = await decideAndRun(db, decide, judge)
    if (ran === 'written') return outcomes
    if (ran === 'rows_differ') differed += 1
  }
  throw new Fault('store_unavailable', { internal: 'The ledger kept changing under a commit.' })
}

/**
 * Finds the duplicates among the entries that were refused as if they were new: a repeated entry gets its first answer, whatever room
 * there is now.
 */
async function withDuplicates(
  db: SqlDatabase,
  trx: Trx | null,
  { entries, outcomes }: { entries: readonly LedgerEntry[]; outcomes: readonly LedgerOutcome[] },
): Promise<LedgerOutcome[]> {
  const refused = entries.filter((_, n) => outcomes[n] === 'refused')
  if (refused.length === 0) return [...outcomes]
  const stored = await readStored(db, trx, refused)
  const known = planLedger(refused, stored).outcomes
  const duplicates = new Set(refused.filter((_, n) => known[n] === 'duplicate'))
  return entries.map((entry, n) => (duplicates.has(entry) ? 'duplicate' : (outcomes[n] ?? 'duplicate')))
}

/**
 * Runs the decided steps, in the transaction of the decision if the engine can. Nothing is written when a stored row differs from the plan's
 * assumption, or when the decision does not stand any more.
 */
async function decideAndRun(
  db: SqlDatabase,
  decide: (trx: Trx | null) => Promise<readonly Step[]>,
  { stillStands = () => true }: Judge,
): Promise<'written' | 'rows_differ' | 'fallen'> {
  if (db.runDecided !== null) return (await db.runDecided(decide)) ? 'written' : 'rows_differ'
  const steps = await decide(null)
  if (steps.length === 0) return 'written'
  let hasFallen = false
  const stands = () => {
    hasFallen = !stillStands()
    return !hasFallen
  }
  // Urgent changes of records go first, and may take a caller its right, or end a key.
  if (await db.runSteps(steps, { stands })) return 'written'
  return hasFallen ? 'fallen' : 'rows_differ'
}

/** Locks the accounts of the entries. Without a transaction no other process writes, so no lock is needed. */
async function lockedRows(
  db: SqlDatabase,
  trx: Trx | null,
  { entries, records }: { entries: readonly LedgerEntry[]; records: readonly AccountId[] },
): Promise<LockedRows> {
  if (trx !== null) await keepChangesOut(trx, records)
  const versions = trx === null ? null : await lockAccounts(trx, entries.map(payerOf).flatMap(accountsOf))
  const within = <T>(read: (trx: Trx) => Promise<T>) => (trx === null ? snapshot(db, read) : read(trx))
  return {
    versionOf: (account) => versions?.get(accountName(account))?.version ?? 0,
    limitsRevisionOf: (account) => versions?.get(accountName(account))?.limitsRevision ?? 0,
    // The version from before this commit: a copy with its own would pass for the present one after it was rolled back.
    readAccounts: async (accounts, at) =>
      (await within((open) => accountsIn(db, open, { accounts, at }))).map((state, n) => {
        const before = versions?.get(accountName(accounts[n] as AccountId))?.version
        return { ...state, version: before ?? state.version }
      }),
    countHolds: (users) => within((open) => countHoldsIn(db, open, users)),
    readAllowances: (accounts) => within((open) => allowancesIn(db, open, accounts)),
    changedSince: async (since) => (trx === null ? [] : changedSince(trx, records, since)),
    liveSessions: (digests) => within((open) => liveSessions(db, open, digests)),
  }
}

/** The texts that callers chose. They are checked before they are sent as JSON, because there an unstorable text would go unnoticed. */
function textsOf(entries: readonly LedgerEntry[]): string[] {
  const texts: string[] = []
  const addMeta = (meta: Meta) => {
    for (const [name, value] of metaEntries(meta)) texts.push(name, value)
  }
  for (const entry of entries) {
    if (entry.kind === 'hold') texts.push(entry.reservation.requestId ?? '')
    const event = entryEvent(entry)
    if (event !== undefined) {
      texts.push(event.id)
      addMeta(event.meta)
    }
    if (entry.kind === 'correction') texts.push(entry.correction.eventId, entry.correction.reason)
    if (entry.kind === 'resolution') addMeta(entry.resolution.settlement?.meta ?? {})
  }
  return texts
}

/** Reads the stored records that the entries name. Throws `key_not_found`. */
function readStored(db: SqlDatabase, open: Trx | null, entries: readonly LedgerEntry[]): Promise<Stored> {
  const names = namesIn(entries)
  const read = async (trx: Trx): Promise<Stored> => {
    const keys = await storedKeys(db, trx, names.keys)
    if (keys.length !== names.keys.length) throw new Fault('key_not_found')
    const events = await storedEvents(db, trx, names.events)
    const requests = await storedRequests(db, trx, names.requests)
    const states = await storedStates(db, trx, names.reservations)
    const takenBack = new Map(
      events
        .filter(({ corrects }) => corrects === null)
        .map((row) => [
          nameOf(row.key_id as KeyId, row.id),
          { amount: row.corrected, byokAmount: row.byok_corrected },
        ]),
    )
    const eventNames = new Set(events.map((row) => nameOf(row.key_id as KeyId, row.id)))
    const requestNames = new Set(requests.map((row) => nameOf(row.key_id as KeyId, row.request_id ?? '')))
    const standings = new Map(states.map((row) => [row.id, readStanding(row)]))
    return {
      hasEvent: (keyId, id) => eventNames.has(nameOf(keyId, id)),
      hasRequest: (keyId, requestId) => requestNames.has(nameOf(keyId, requestId)),
      standingOf: (id) => standings.get(id) ?? null,
      takenBackOf: (keyId, eventId) => takenBack.get(nameOf(keyId, eventId)) ?? null,
    }
  }
  return open === null ? snapshot(db, read) : read(open)
}

interface Names {
  /** The keys of charges and holds. */
  keys: { id: KeyId }[]
  events: { key_id: KeyId; id: string }[]
  requests: { key_id: KeyId; request_id: string }[]
  reservations: { id: ReservationId }[]
}

function namesIn(entries: readonly LedgerEntry[]): Names {
  const keys = new Set<KeyId>()
  const reservations = new Set<ReservationId>()
  const events: Names['events'] = []
  const requests: Names['requests'] = []
  for (const entry of entries) {
    const event = entryEvent(entry)
    if (event !== undefined) {
      keys.add(event.keyId)
      events.push({ key_id: event.keyId, id: event.id })
    }
    if (entry.kind === 'correction') {
      const { keyId, eventId } = entry.correction
      events.push({ key_id: keyId, id: eventId })
    }
    if (entry.kind === 'resolution') reservations.add(entry.resolution.id)
    if (entry.kind === 'extension') reservations.add(entry.extension.id)
    if (entry.kind !== 'hold') continue
    const { id, keyId, requestId } = entry.reservation
    keys.add(keyId)
    reservations.add(id)
    if (requestId !== null) requests.push({ key_id: keyId, request_id: requestId })
  }
  return {
    keys: [...keys].map((id) => ({ id })),
    events,
    requests,
    reservations: [...reservations].map((id) => ({ id })),
  }
}

const storedKeys = bulkStatement((trx, rows: { id: string }[]) =>
  trx
    .selectFrom('keys')
    .select('id')
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    ),
)

const storedEvents = bulkStatement((trx, rows: { key_id: string; id: string }[]) =>
  trx
    .selectFrom('usage_events')
    .select(['key_id', 'id', 'corrects', 'corrected', 'byok_corrected'])
    .where(
      sql<SqlBool>`(key_id, id) in (values ${sql.join(rows.map((row) => sql`(${row.key_id}, ${row.id})`))})`,
    ),
)

const storedRequests = bulkStatement((trx, rows: { key_id: string; request_id: string }[]) =>
  trx
    .selectFrom('reservations')
    .select(['key_id', 'request_id'])
    .where('request_id', 'is not', null)
    .where(
      sql<SqlBool>`(key_id, request_id) in (values ${sql.join(rows.map((row) => sql`(${row.key_id}, ${row.request_id})`))})`,
    ),
)

const storedStates = bulkStatement((trx, rows: { id: string }[]) =>
  trx
    .selectFrom('reservations')
    .select(['id', 'state', 'amount', 'expires_at'])
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    ),
)
