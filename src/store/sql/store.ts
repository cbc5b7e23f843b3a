import { Fault } from '../../core/ground/faults.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type { LedgerOutcome } from '../../core/ledger/entries.ts'
import type { AuditStore } from '../audit.ts'
import type { FoundationStore } from '../foundation.ts'
import type { IdempotencyStore } from '../idempotency.ts'
import type { KeyStore } from '../keys.ts'
import type { LedgerStore } from '../ledger.ts'
import type { MemberStore } from '../members.ts'
import { isMigrated } from '../migrations/migrate.ts'
import type { Feed, NodeStore } from '../nodes.ts'
import { acceptLosses, compareChanges } from '../older-copy/losses.ts'
import type { UserStore, WorkspaceStore } from '../people.ts'
import type { RateStore } from '../rates.ts'
import type { ReportStore } from '../reports.ts'
import type { SignInStore } from '../sign-ins.ts'
import type { Store } from '../store.ts'
import type { VerificationStore } from '../verifications.ts'
import { findTargets, purgeAudit, recordDenials } from './base/audit.ts'
import type { SqlDatabase } from './base/database.ts'
import { claimIdempotency, forgetIdempotency, releaseIdempotency } from './base/idempotency.ts'
import { initialize, isInitialized, revision, settled } from './base/initialize.ts'
import {
  acknowledge,
  changesSince,
  evictNode,
  findNodes,
  joinNode,
  recentChanges,
  renewNode,
} from './cluster/nodes.ts'
import { createGate, type Gate } from './gate.ts'
import { findFacts } from './keys/facts.ts'
import { changeKey, createKey, findKey, hasForeignSecrets, resolveKeys } from './keys/keys.ts'
import { forgetRates, readRates, writeRates } from './keys/rates.ts'
import { createSearchUpkeep } from './keys/search-upkeep.ts'
import { createSpentOrder, type SpentOrder } from './keys/spent-order.ts'
import { recordUses } from './keys/uses.ts'
import { readVersions } from './ledger/account-versions.ts'
import { commitLedger } from './ledger/commit.ts'
import { findCorrectable, findCorrection, findEvent, findEvents, purgeEvents } from './ledger/events.ts'
import { findLocked } from './ledger/locked.ts'
import { countOpen, findHeldAfter, findReservation, findRunOut } from './ledger/reservations.ts'
import { readAccounts, standingOf } from './ledger/spend.ts'
import { addMember, isManager, isMember, removeMember } from './people/members.ts'
import {
  beginSession,
  endSession,
  findSession,
  forgetSignIns,
  offerLink,
  takeLink,
  touchSession,
} from './people/sign-ins.ts'
import { changeUser, createUser, deleteUser, findUser } from './people/users.ts'
import { changeWorkspace, createWorkspace, deleteWorkspace, findWorkspace } from './people/workspaces.ts'
import { purgeOutcomes, recordOutcomes } from './verifications/record.ts'

/** The one implementation of the {@link Store}, on any database that has the capabilities of {@link SqlDatabase}. */
export function createSqlStore(db: SqlDatabase): Store {
  const gate = createGate(db)
  const spentOrder = createSpentOrder(db)
  return {
    ...foundationVerbs(db, gate),
    ...keyVerbs(db, gate, spentOrder),
    ...userVerbs(db, gate),
    ...workspaceVerbs(db, gate),
    ...recordVerbs(db, gate),
    ...signInVerbs(db, gate),
    ...ledgerVerbs(db, gate, spentOrder),
    ...reportVerbs(gate),
    ...verificationVerbs(db, gate),
    ...nodeVerbs(db, gate),
    check: () =>
      gate.call(async () => {
        await check(db)
        await gate.requireWritable()
      }),
    close: gate.close,
  }
}

/** The first records, and the state of the database. */
function foundationVerbs(db: SqlDatabase, { call }: Gate): FoundationStore {
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
  }
}

/** Keys, their secrets, and the upkeep of their lists. */
function keyVerbs(db: SqlDatabase, gate: Gate, spentOrder: SpentOrder): KeyStore {
  const { call, look, read, write, change, roomyChange } = gate
  const searchUpkeep = createSearchUpkeep(db, gate.readOwn)
  return {
    createKey: (key, record) => roomyChange(record, key.id, () => createKey(db, key, record)),
    changeKey: (ref, decide, record) =>
      change(record, 'id' in ref ? ref.id : ref.digest, () => changeKey(db, { ref, decide, ...record })),
    findKey: (ref, at) => look(() => findKey(db, ref, at)),
    findFacts: (ref, at) => call(() => findFacts(db, ref, at)),
    hasForeignSecrets: () => call(() => hasForeignSecrets(db)),
    listKeys: (query, by = null) => read('listKeys', by, query),
    listKeyTexts: (query, form, by = null) => read('listKeyTexts', by, query, form),
    refreshSpentOrder: (limit) => write(() => spentOrder.refresh(limit), isSome),
    refreshSearch: (limit) => write(() => searchUpkeep.refresh(limit), isSome),
    recordUses: (uses) => write(() => recordUses(db, uses)),
    resolveKeys: (refs) => look(() => resolveKeys(db, refs)),
  }
}

/** Users. */
function userVerbs(db: SqlDatabase, { look, read, change, roomyChange }: Gate): UserStore {
  return {
    createUser: (user, record) => roomyChange(record, user.id, () => createUser(db, user, record)),
    changeUser: (id, decide, record) => change(record, id, () => changeUser(db, { id, decide, ...record })),
    deleteUser: (id, decide, record) => change(record, id, () => deleteUser(db, { id, decide, ...record })),
    findUser: (by) => look(() => findUser(db, by)),
    listUsers: (query, by = null) => read('listUsers', by, query),
  }
}

/** Workspaces and their members. */
function workspaceVerbs(
  db: SqlDatabase,
  { look, read, change, roomyChange }: Gate,
): WorkspaceStore & MemberStore {
  return {
    createWorkspace: (workspace, record) =>
      roomyChange(record, workspace.id, () => createWorkspace(db, workspace, record)),
    changeWorkspace: (id, decide, record) =>
      roomyChange(record, id, () => changeWorkspace(db, { id, decide, ...record })),
    deleteWorkspace: (id, decide, record) =>
      roomyChange(record, id, () => deleteWorkspace(db, { id, decide, ...record })),
    findWorkspace: (by, memberId = null) => look(() => findWorkspace(db, by, memberId)),
    listWorkspaces: (query, by = null) => read('listWorkspaces', by, query),
    addMember: (membership, record) =>
      roomyChange(record, membership.workspaceId, () => addMember(db, membership, record)),
    removeMember: (membership, record) =>
      change(record, membership.workspaceId, () => removeMember(db, membership, record)),
    isMember: (membership) => look(() => isMember(db, membership)),
    isManager: (membership) => look(() => isManager(db, membership)),
    listMembers: (query, by = null) => read('listMembers', by, query),
  }
}

/** The records of calls: the audit log, and the answers for Idempotency-Keys. */
function recordVerbs(
  db: SqlDatabase,
  { look, lookForAll, read, write, writeInTurn }: Gate,
): AuditStore & IdempotencyStore {
  return {
    recordDenials: (denials) => write(() => recordDenials(db, denials)),
    purgeAudit: (old) => write(() => purgeAudit(db, old)),
    findTargets: (acts) => look(() => findTargets(db, acts)),
    recentChanges: (after) => lookForAll(async () => heard(db, await recentChanges(db, after))),
    listAudit: (query, by = null) => read('listAudit', by, query),
    claimIdempotency: (request, by) => writeInTurn(by, () => claimIdempotency(db, request)),
    releaseIdempotency: (claim, by) => writeInTurn(by, () => releaseIdempotency(db, claim)),
    forgetIdempotency: (before) => write(() => forgetIdempotency(db, before)),
  }
}

/** All callers without a name, who share one turn. */
const NOBODY: Caller = { userId: '', keyId: '' }

/** Browsers that have signed in. An operator must get in and out while the disk is full. */
function signInVerbs(db: SqlDatabase, { look, write, writeUrgent }: Gate): SignInStore {
  return {
    beginSession: (session, most) =>
      writeUrgent({ userId: session.userId, keyId: '' }, () => beginSession(db, session, most)),
    findSession: (digest) => look(() => findSession(db, digest)),
    touchSession: (digest, at) => write(() => touchSession(db, digest, at)),
    endSession: (digest) => writeUrgent(NOBODY, () => endSession(db, digest)),
    forgetSignIns: (old) => write(() => forgetSignIns(db, old)),
    offerLink: (link) => writeUrgent(NOBODY, () => offerLink(db, link)),
    takeLink: (digest) => writeUrgent(NOBODY, () => takeLink(db, digest)),
  }
}

/** Whether a write that counts what it has processed has written anything. */
const isSome = (count: number) => count > 0

const isWritten = (outcomes: readonly LedgerOutcome[]) => outcomes.includes('written')

/** Money and rate limits. */
function ledgerVerbs(
  db: SqlDatabase,
  { call, look, lookForAll, read, write }: Gate,
  spentOrder: SpentOrder,
): LedgerStore & RateStore {
  return {
    sharesAccounts: db.runDecided !== null,
    commitLedger: (entries, judge, probably) =>
      write(async () => {
        try {
          return await commitLedger(db, entries, judge, probably)
        } finally {
          // Also when it throws: a commit whose answer is lost may have been written.
          spentOrder.note(entries)
        }
      }, isWritten),
    findLocked: (entries, records) => call(() => findLocked(db, entries, records)),
    readAccounts: (accounts, at) => call(() => readAccounts(db, accounts, at)),
    readVersions: (accounts) => call(() => readVersions(db, accounts)),
    standingOf: (keyIds, at) => look(() => standingOf(db, keyIds, at)),
    findReservation: (by) => look(() => findReservation(db, by)),
    listReservations: (query, by = null) => read('listReservations', by, query),
    findEvents: (names) => look(() => findEvents(db, names)),
    findEvent: (keyId, id) => look(() => findEvent(db, keyId, id)),
    findCorrectable: (keyId, id) => look(() => findCorrectable(db, keyId, id)),
    findCorrection: (keyId, id) => look(() => findCorrection(db, keyId, id)),
    purgeEvents: (recordedBefore, limit) => write(() => purgeEvents(db, recordedBefore, limit)),
    findRunOut: (at, limit) => call(() => findRunOut(db, at, limit)),
    findHeldAfter: (at, limit, last) => call(() => findHeldAfter(db, { at, limit, last })),
    countOpen: (at, most) => lookForAll(() => countOpen(db, at, most)),
    readRates: (keyId) => look(() => readRates(db, keyId)),
    writeRates: (rates) => write(() => writeRates(db, rates)),
    forgetRates: (wholeAt, limit) => write(() => forgetRates(db, wholeAt, limit)),
  }
}

/** A change that another process made counts like one answered here: a database that has lost it is an older copy. */
async function heard<T extends Pick<Feed, 'revision'> | null>(db: SqlDatabase, feed: T): Promise<T> {
  if (feed !== null && db.others !== undefined) await db.willAnswer?.(feed.revision)
  return feed
}

/** The messages between processes on one database. */
function nodeVerbs(db: SqlDatabase, { tell }: Gate): NodeStore {
  /** The same for reads. */
  const ask = tell
  return {
    changesSince: (since) => ask(async () => heard(db, await changesSince(db, since))),
    joinNode: (node) => tell(() => joinNode(db, node)),
    renewNode: (node, since) => tell(async () => heard(db, await renewNode(db, node, since))),
    acknowledge: (node, since) => tell(async () => heard(db, await acknowledge(db, node, since))),
    findNodes: () => ask(() => findNodes(db)),
    evictNode: (id, renewals) => tell(() => evictNode(db, id, renewals)),
    compareChanges: (remembered, at) => tell(() => compareChanges(db, remembered, at)),
    acceptLosses: (loss, at) => tell(() => acceptLosses(db, loss, at)),
    isShared: () => db.others !== undefined,
    onChange: (wake) => db.others?.onChange(wake) ?? NEVER_HEARD,
  }
}

/** Where there is no other process, there is nothing to hear. */
const NEVER_HEARD = { end() {}, isHeard: () => false }

/** Reports. */
function reportVerbs({ read }: Gate): ReportStore {
  return {
    usageReport: (query, by = null) => read('usageReport', by, query),
    activityReport: (query, by = null) => read('activityReport', by, query),
    namesOf: (query, by = null) => read('namesOf', by, query),
    usedOfAllTime: (of, by = null) => read('usedOfAllTime', by, of),
    listCrossings: (query, by = null) => read('listCrossings', by, query),
    listAllCrossings: (query, by = null) => read('listAllCrossings', by, query),
  }
}

/** Outcomes of verifies. */
function verificationVerbs(db: SqlDatabase, { read, write }: Gate): VerificationStore {
  return {
    recordOutcomes: (gathered) => write(() => recordOutcomes(db, gathered)),
    outcomesOfKey: (query, by = null) => read('outcomesOfKey', by, query),
    outcomesOfAll: (query, by = null) => read('outcomesOfAll', by, query),
    keyRisks: (query, by = null) => read('keyRisks', by, query),
    purgeOutcomes: (before, limit) => write(() => purgeOutcomes(db, before, limit)),
  }
}

async function check(db: SqlDatabase): Promise<void> {
  // Every error here, a missing table included, means that this is not the database that was opened.
  const problem = await isMigrated(db.reader).then(
    (fits) => (fits ? null : 'The schema of the database is not the one of this program.'),
    (error) => String(error),
  )
  if (problem !== null) throw new Fault('store_unavailable', { internal: problem })
}
