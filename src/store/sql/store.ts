import type { Act } from '../../core/access/audit-entry.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Revision } from '../../core/types.ts'
import { isMigrated } from '../migrations/migrate.ts'
import type { Store } from '../store.ts'
import { purgeAudit, recordDenials } from './base/audit.ts'
import { createChangeTurns } from './base/change-turns.ts'
import { asFault, requireRoom, type SqlDatabase } from './base/database.ts'
import { claimIdempotency, forgetIdempotency, releaseIdempotency } from './base/idempotency.ts'
import { initialize, isInitialized, revision, settled } from './base/initialize.ts'
import { createWriteProbe } from './base/write-probe.ts'
import { findFacts } from './keys/facts.ts'
import { changeKey, createKey, findKey, hasForeignSecrets, resolveKeys } from './keys/keys.ts'
import { forgetRates, readRates, writeRates } from './keys/rates.ts'
import { createSearchUpkeep } from './keys/search-upkeep.ts'
import { createSpentOrder } from './keys/spent-order.ts'
import { recordUses } from './keys/uses.ts'
import { readVersions } from './ledger/account-versions.ts'
import { commitLedger } from './ledger/commit.ts'
import { findCorrectable, findCorrection, findEvent, findEvents, purgeEvents } from './ledger/events.ts'
import { findLocked } from './ledger/locked.ts'
import { findReservation, findRunOut } from './ledger/reservations.ts'
import { readAccounts, standingOf } from './ledger/spend.ts'
import { type LongReader, longReadsOf } from './long-reads.ts'
import { addMember, isMember, removeMember } from './people/members.ts'
import { changeUser, createUser, deleteUser, findUser } from './people/users.ts'
import { changeWorkspace, createWorkspace, deleteWorkspace, findWorkspace } from './people/workspaces.ts'

/** What a change answers: the changed record, or the revision alone. */
type Revised = Revision | { revision: Revision }

/** The one implementation of the {@link Store}, on any database that offers the few capabilities it needs. */
export function createSqlStore(db: SqlDatabase): Store {
  const { call, close } = createGate(db)
  const turns = createChangeTurns(db.changesAtOnce ?? 1)
  const change = <T extends Revised>(
    { act }: { act: Act },
    record: string,
    work: () => Promise<T>,
  ): Promise<T> =>
    call(async () => {
      const by = { userId: act.userId ?? '', keyId: act.keyId ?? '' }
      const changed = await turns.run(by, record, () => probe.watch(() => onceMoreIfFull(db, work)))
      await db.willAnswer?.(typeof changed === 'number' ? changed : changed.revision)
      return changed
    })
  const probe = createWriteProbe(db)
  /** What is not written while the disk is full. */
  const write = <T>(work: () => Promise<T>): Promise<T> =>
    call(() =>
      probe.watch(async () => {
        requireRoom(db)
        return work()
      }),
    )
  /** A change that ends nothing for anybody, and so can wait for room. */
  const roomyChange: typeof change = (by, record, work) =>
    change(by, record, async () => {
      requireRoom(db)
      return work()
    })
  const spentOrder = createSpentOrder(db)
  const reads = longReadsOf(db)
  const searchUpkeep = createSearchUpkeep(db, reads)
  const read: LongReader = (name, by, ...args) => call(() => reads(name, by, ...args))
  return {
    initialize: (first, act) =>
      call(async () => {
        const won = await initialize(db, first, act)
        await db.willAnswer?.(await revision(db))
        return won
      }),
    isInitialized: () => call(() => isInitialized(db)),
    revision: () => call(() => revision(db)),
    settled: () => call(() => settled(db)),
    createKey: (key, record) => roomyChange(record, key.id, () => createKey(db, key, record)),
    changeKey: (ref, decide, record) =>
      change(record, 'id' in ref ? ref.id : ref.digest, () => changeKey(db, { ref, decide, ...record })),
    findKey: (ref, at) => call(() => findKey(db, ref, at)),
    findFacts: (ref, at) => call(() => findFacts(db, ref, at)),
    hasForeignSecrets: () => call(() => hasForeignSecrets(db)),
    listKeys: (query, by = null) => read('listKeys', by, query),
    recordUses: (uses) => write(() => recordUses(db, uses)),
    resolveKeys: (refs) => call(() => resolveKeys(db, refs)),
    createUser: (user, record) => roomyChange(record, user.id, () => createUser(db, user, record)),
    changeUser: (id, decide, record) => change(record, id, () => changeUser(db, { id, decide, ...record })),
    deleteUser: (id, decide, record) => change(record, id, () => deleteUser(db, { id, decide, ...record })),
    findUser: (by) => call(() => findUser(db, by)),
    listUsers: (query, by = null) => read('listUsers', by, query),
    createWorkspace: (workspace, record) =>
      roomyChange(record, workspace.id, () => createWorkspace(db, workspace, record)),
    changeWorkspace: (id, decide, record) =>
      roomyChange(record, id, () => changeWorkspace(db, { id, decide, ...record })),
    deleteWorkspace: (id, decide, record) =>
      roomyChange(record, id, () => deleteWorkspace(db, { id, decide, ...record })),
    findWorkspace: (by, memberId = null) => call(() => findWorkspace(db, by, memberId)),
    listWorkspaces: (query, by = null) => read('listWorkspaces', by, query),
    addMember: (membership, record) =>
      roomyChange(record, membership.workspaceId, () => addMember(db, membership, record)),
    removeMember: (membership, record) =>
      change(record, membership.workspaceId, () => removeMember(db, membership, record)),
    isMember: (membership) => call(() => isMember(db, membership)),
    listMembers: (query, by = null) => read('listMembers', by, query),
    recordDenials: (denials) => write(() => recordDenials(db, denials)),
    purgeAudit: (old) => write(() => purgeAudit(db, old)),
    listAudit: (query, by = null) => read('listAudit', by, query),
    claimIdempotency: (request) =>
      write(() => turns.run({ userId: request.scope, keyId: '' }, null, () => claimIdempotency(db, request))),
    releaseIdempotency: (claim) => write(() => releaseIdempotency(db, claim)),
    forgetIdempotency: (before) => write(() => forgetIdempotency(db, before)),
    sharesAccounts: db.runDecided !== undefined,
    commitLedger: (entries, judge) =>
      write(async () => {
        try {
          return await commitLedger(db, entries, judge)
        } finally {
          // Also when it throws: where the answer to a commit is lost, it may have been written.
          spentOrder.note(entries)
        }
      }),
    findLocked: (entries) => call(() => findLocked(db, entries)),
    refreshSpentOrder: (limit) => write(() => spentOrder.refresh(limit)),
    refreshSearch: (limit) => write(() => searchUpkeep.refresh(limit)),
    readAccounts: (accounts, at) => call(() => readAccounts(db, accounts, at)),
    readVersions: (accounts) => call(() => readVersions(db, accounts)),
    standingOf: (keyIds, at) => call(() => standingOf(db, keyIds, at)),
    findReservation: (by) => call(() => findReservation(db, by)),
    listReservations: (query, by = null) => read('listReservations', by, query),
    findEvents: (names) => call(() => findEvents(db, names)),
    findEvent: (keyId, id) => call(() => findEvent(db, keyId, id)),
    findCorrectable: (keyId, id) => call(() => findCorrectable(db, keyId, id)),
    findCorrection: (keyId, id) => call(() => findCorrection(db, keyId, id)),
    usageReport: (query, by = null) => read('usageReport', by, query),
    activityReport: (query, by = null) => read('activityReport', by, query),
    usedOfAllTime: (ownerId, by = null) => read('usedOfAllTime', by, ownerId),
    listCrossings: (account, limit, by = null) => read('listCrossings', by, account, limit),
    purgeEvents: (recordedBefore, limit) => write(() => purgeEvents(db, recordedBefore, limit)),
    findRunOut: (at, limit) => call(() => findRunOut(db, at, limit)),
    readRates: (keyId) => call(() => readRates(db, keyId)),
    writeRates: (rates) => write(() => writeRates(db, rates)),
    forgetRates: (wholeAt, limit) => write(() => forgetRates(db, wholeAt, limit)),
    check: () =>
      call(async () => {
        await check(db)
        await probe.requireWritable()
      }),
    close,
  }
}

async function check(db: SqlDatabase): Promise<void> {
  // Whatever goes wrong here, a missing table included, means that this is not the database that was opened.
  const problem = await isMigrated(db.reader).then(
    (fits) => (fits ? null : 'The schema of the database is not the one of this program.'),
    (error) => String(error),
  )
  if (problem !== null) throw new Fault('store_unavailable', { internal: problem })
}

/** A change that found no room is tried once more, now that everybody knows: what cuts somebody off gets the disk that is kept. */
async function onceMoreIfFull<T>(db: SqlDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (db.disk === undefined || db.failureOf(error)?.kind !== 'full') throw error
    db.disk.noteFull()
    return await work()
  } finally {
    await db.disk?.makeBestOfIt()
  }
}

/** Turns the engine's errors into faults, and lets the database be closed only when nothing uses it any more. */
function createGate(db: SqlDatabase) {
  let running = 0
  let whenIdle: (() => void) | null = null
  let closing: Promise<void> | null = null

  async function call<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== null) throw new Fault('store_unavailable', { internal: 'The store is closed.' })
    running += 1
    try {
      db.requireHeld()
      return await work()
    } catch (error) {
      throw asFault(db, error)
    } finally {
      running -= 1
      if (running === 0) whenIdle?.()
    }
  }

  async function closeWhenIdle(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => (whenIdle = resolve))
    await db.close()
  }

  return {
    call,
    close() {
      closing ??= closeWhenIdle()
      return closing
    },
  }
}
