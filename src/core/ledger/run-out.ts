// Tests: src/core/ledger/many-holds.test.ts, test/money
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { hasLimits } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import { type Account, nameOf } from './account.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Chain, Demand } from './demand.ts'
import type { Hold, ReservationId } from './entries.ts'
import { expiryOf } from './expiry.ts'
import { type HoldBounds, holdsMax } from './hold-bounds.ts'
import { fitsBesideRunOut, type Limited, outlookOf } from './room.ts'
import { unitOf } from './units.ts'
import type { WriteQueue } from './write-queue.ts'

/** Writes the ends of holds that have run out, each once however many wait for it. */
export interface RunOut {
  /**
   * Resolves when the ends of these holds are on disk, or somebody else has ended or extended them. One that only holds more by now has still
   * run out: whoever needs its end reads it again, and ends it as it is then.
   */
  end(holds: readonly Hold[]): Promise<void>
  /**
   * Whether a demand has room only when holds that have run out are ended first. Their money is free for others, but nothing may be on
   * disk in its place before their ends: a crash with a clock that is set back would show both.
   */
  isInTheWay(chain: Chain, demand: Demand): boolean
  /** Ends as many of them as the demand needs, and then some for others that wait for room in the same accounts, a few at a time. */
  makeWay(chain: Chain, demand: Demand): Promise<void>
}

/** What demands want of an account: room for money, and places for new holds. */
interface Wanted {
  amount: NanoUsd
  holds: number
}

const NOTHING: Wanted = { amount: 0n, holds: 0 }

function wantedBy({ entry, amount }: Pick<Demand, 'entry' | 'amount'>): Wanted {
  return { amount: amount ?? 0n, holds: entry.kind === 'hold' ? 1 : 0 }
}

/** Builds it over the copies in memory; a chain without a copy has nothing in the way. */
export function createRunOut({
  memory,
  queue,
  clock,
  bounds,
}: {
  memory: AccountMemory
  queue: Pick<WriteQueue, 'add'>
  clock: Clock
  bounds: HoldBounds
}): RunOut {
  const ending = new Map<ReservationId, Promise<void>>()
  /**
   * What all demands that wait want of an account, by its name. If each waited for its own room only, all would see the same room, one would
   * take it, and the others would have to wait again. But nobody waits long for others, who may want everything.
   */
  const wanted = new Map<string, Wanted>()

  function endOne(hold: Hold): Promise<void> {
    const waiting = ending.get(hold.id)
    if (waiting !== undefined) return waiting
    const unit = unitOf([expiryOf(hold, clock.now())], null)
    const ended = queue
      .add(unit)
      .then(([outcome]) => {
        // Somebody else has ended or extended it before, and mostly the copies know. One that does not is read again.
        if (outcome === 'duplicate')
          memory.forget(unit.accounts.filter((id) => memory.find(id)?.holds.has(hold)))
      })
      .finally(() => ending.delete(hold.id))
    ending.set(hold.id, ended)
    return ended
  }

  async function end(holds: readonly Hold[]): Promise<void> {
    await Promise.all(holds.map(endOne))
  }

  /** The accounts whose limits have room for the demand, or for what is `needed` there, only without the holds that have run out. */
  function inTheWay(
    chain: Chain,
    { entry, amount, windowsAt }: Demand,
    now: Instant,
    needed: (each: Limited) => Wanted = () => wantedBy({ entry, amount }),
  ): Pick<Account, 'holds'>[] {
    const found = chain.flatMap((allowed): Limited[] => {
      const account = memory.find(allowed.account)
      return account === undefined ? [] : [{ allowed, account }]
    })
    const ranOut = found.filter(({ account }) => account.holds.hasRunOut(now))
    if (ranOut.length === 0) return []
    const isFull = (each: Limited) =>
      entry.kind === 'hold' &&
      each.account.holds.count() + needed(each).holds > holdsMax(each.allowed.account, bounds)
    const full = ranOut.filter(isFull)
    const limited = found.filter(({ allowed }) => hasLimits(allowed))
    // What has no room in any case is refused, and needs no end.
    if (amount === null || outlookOf(limited, now, windowsAt).refusal(amount) !== null)
      return full.map(({ account }) => account)
    const tight = ranOut.filter(
      (each) => hasLimits(each.allowed) && !fitsBesideRunOut([each], needed(each).amount, { now, windowsAt }),
    )
    return [...full, ...tight].map(({ account }) => account)
  }

  function wantedOf({ allowed }: Limited): Wanted {
    return wanted.get(nameOf(allowed.account)) ?? NOTHING
  }

  /** Adds what a demand wants, or takes it back. */
  function want(times: 1 | -1, chain: Chain, { amount, holds }: Wanted): void {
    for (const { account } of chain) {
      const name = nameOf(account)
      const before = wanted.get(name) ?? NOTHING
      const after = { amount: before.amount + BigInt(times) * amount, holds: before.holds + times * holds }
      if (after.amount === 0n && after.holds === 0) wanted.delete(name)
      else wanted.set(name, after)
    }
  }

  return {
    end,
    isInTheWay: (chain, demand) => inTheWay(chain, demand, clock.now()).length > 0,
    async makeWay(chain, demand) {
      const own = wantedBy(demand)
      want(1, chain, own)
      try {
        for (let forOthers = 0; ; ) {
          const now = clock.now()
          const accounts = inTheWay(chain, demand, now, wantedOf)
          if (accounts.length === 0) return
          if (inTheWay(chain, demand, now).length === 0 && ++forOthers > MAX.endsForOthers) return
          await end(accounts.flatMap(({ holds }) => holds.runOut(now, MAX.holdsEndedAtOnce)))
        }
      } finally {
        want(-1, chain, own)
      }
    },
  }
}
