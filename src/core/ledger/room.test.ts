import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { NOON } from '../../../test/support/records.ts'
import { HOUR_MS } from '../ground/clock.ts'
import { reachedBy } from '../money/thresholds.ts'
import { LIMIT_WINDOWS } from '../money/windows.ts'
import type { Allowance, KeyId, UserId, WorkspaceId } from '../types.ts'
import { accountFrom } from './account.ts'
import type { Hold, ReservationId } from './entries.ts'
import { outlookOf, staysBelowHalf } from './room.ts'

const cap = fc.constantFrom(0n, 9n, 48n, 60n, 99n, 200n)
const money = fc.constantFrom(0n, 1n, 2n, 5n, 12n)
const perWindow = fc.record({ daily: cap, weekly: cap, monthly: cap, total: cap }, { requiredKeys: [] })
const cases = fc.record({
  limits: perWindow,
  boost: fc.option(fc.record({ amount: money, until: fc.constantFrom(NOON, NOON + 1) })),
  includeByokInLimit: fc.boolean(),
  spent: money,
  byok: money,
  held: money,
  amount: money,
})

const KEY = { kind: 'key', id: 'key' as KeyId } as const
const PAYER = { keyId: KEY.id, ownerId: 'owner' as UserId, workspaceId: 'space' as WorkspaceId }

function holdOf(amount: bigint): Hold {
  const id = 'hold' as ReservationId
  return { ...PAYER, id, amount, heldAt: NOON, expiresAt: NOON + HOUR_MS, onExpiry: 'release' }
}

test('limits that stay below half have room and reach no threshold', async () => {
  const seen = { below: 0, above: 0 }
  await fc.assert(
    fc.asyncProperty(cases, async ({ limits, boost, includeByokInLimit, spent, byok, held, amount }) => {
      const boosts = boost === null ? {} : { daily: boost }
      const allowance: Allowance = { limits, boosts, includeByokInLimit }
      const sums = { amount: spent, byokAmount: byok, requests: 1 }
      const spend = { daily: sums, weekly: sums, monthly: sums, total: sums }
      const holds = held === 0n ? [] : [holdOf(held)]
      const account = await accountFrom(KEY, { version: 0, spend, holds }, NOON)
      const limited = [{ allowed: { account: KEY, allowance }, account }]
      const isBelow = staysBelowHalf(limited, amount, { now: NOON })
      seen[isBelow ? 'below' : 'above'] += 1
      const { budget, refusal } = outlookOf(limited, NOON)
      const used = (line: (typeof budget)[number]) => line.spent + line.reserved + amount
      expect(isBelow).toBe(budget.every((line) => used(line) < line.limit / 2n))
      expect(budget).toHaveLength(LIMIT_WINDOWS.filter((window) => limits[window] !== undefined).length)
      if (!isBelow) return
      expect(refusal(amount)).toBeNull()
      for (const line of budget)
        expect(reachedBy({ limit: line.limit, spent: line.spent + amount })).toEqual([])
    }),
    { numRuns: 2_000 },
  )
  process.stdout.write(`below half of every limit: ${seen.below}, not: ${seen.above}\n`)
  expect(Math.min(seen.below, seen.above)).toBeGreaterThan(20)
})
