import assert from 'node:assert/strict'
import type { AuditEntry } from '../../core/access/audit-entry.ts'
import { Fault, type FaultCode } from '../../core/ground/faults.ts'
import type { UsageEvent } from '../../core/ledger/entries.ts'
import type { Spend } from '../../core/money/spend.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'

/** The functions of a test runner that the suite needs; `bun:test` and `node:test` both have them. */
export interface Runner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>): void
}

/** A test that an implementation cannot pass, and the reason. */
export interface Skip {
  test: string
  reason: string
}

/** Adds one test, which gets an empty store of its own. */
export type It = (name: string, body: (store: Store) => Promise<void>) => void

/** Asserts that a call fails with a fault of this code. */
export async function rejectsWith(code: FaultCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Fault, `expected the fault ${code}, got ${error}`)
    assert.equal(error.code, code)
    return true
  })
}

/** The results of the successful calls, and the fault codes of the others. */
export async function outcomes<T>(calls: Promise<T>[]): Promise<{ done: T[]; faults: string[] }> {
  const settled = await Promise.allSettled(calls)
  const done = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const faults = settled.flatMap((each) => {
    if (each.status === 'fulfilled') return []
    if (each.reason instanceof Fault) return [each.reason.code]
    throw each.reason
  })
  return { done, faults }
}

/** Every audit entry, oldest first. */
export async function wholeAudit(store: Store): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let page = await store.listAudit({ limit: 100 })
  for (;;) {
    entries.push(...page.rows)
    if (page.next === null) return entries.reverse()
    assert.ok(entries.length < 10_000, 'the pages go round in circles')
    page = await store.listAudit({ limit: 100, after: page.next })
  }
}

/** Asserts that a call changes neither the revision nor the audit log, and returns its result. */
export async function changesNothing<T>(store: Store, call: () => Promise<T>): Promise<T> {
  const before = [await store.revision(), await wholeAudit(store)]
  const result = await call()
  assert.deepEqual([await store.revision(), await wholeAudit(store)], before)
  return result
}

/** Commits only events, and counts their outcomes. */
export async function recordUsage(
  store: Store,
  events: readonly UsageEvent[],
): Promise<{ accepted: number; duplicates: number }> {
  const outcomes = await store.commitLedger(events.map((event) => ({ kind: 'event', event })))
  const accepted = outcomes.filter((outcome) => outcome === 'written').length
  return { accepted, duplicates: outcomes.length - accepted }
}

/** Updates the order of lists by spent money. */
export async function bySpending(store: Store): Promise<void> {
  while ((await store.refreshSpentOrder(100)) === 100);
}

/** The amounts that a key has spent in the windows of an instant. */
export async function spendAt(store: Store, keyId: KeyId, at: number): Promise<Spend> {
  const standing = (await store.standingOf([keyId], at)).get(keyId)
  assert.ok(standing)
  return standing.spend
}
