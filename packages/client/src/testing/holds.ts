import type { Account } from './account.ts'
import { badInput, type FakeAnswer, problem } from './answers.ts'
import { nanoOf, usdOf } from './money.ts'

interface Hold {
  id: string
  account: Account
  requestId: string | null
  amount: bigint
  state: string
  heldAt: number
  expiresAt: number
  onExpiry: string
  resolvedAt: number | null
  byCaller: boolean
  settled: bigint | null
  released: bigint | null
  overdraft: bigint | null
  late: boolean | null
  meta: unknown
}

const TTL_SECONDS = 600
const CALLER = { userId: 'user-1', keyId: 'key-of-the-caller' }
const RESOLVED = () =>
  problem(409, 'reservation_resolved', 'The reservation has ended already, in another way.')

/** The holds of a fake. They run out by its clock. */
export class Holds {
  readonly #now: () => number
  readonly #holds = new Map<string, Hold>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Holds money that there is room for. */
  open(account: Account, amount: bigint, body: Record<string, unknown>): string {
    const ttlSeconds = typeof body.ttlSeconds === 'number' ? body.ttlSeconds : TTL_SECONDS
    const id = `hold-${this.#holds.size + 1}`
    account.held += amount
    this.#holds.set(id, {
      id,
      account,
      amount,
      requestId: typeof body.requestId === 'string' ? body.requestId : null,
      state: 'open',
      heldAt: this.#now(),
      expiresAt: this.#now() + ttlSeconds * 1_000,
      onExpiry: body.onExpiry === 'settle' ? 'settle' : 'release',
      byCaller: false,
      ...{ resolvedAt: null, settled: null, released: null, overdraft: null, late: null, meta: null },
    })
    return id
  }

  /** As the server shows it. */
  view(id: string): object {
    const hold = this.#holds.get(id) as Hold
    const { account, requestId, state, onExpiry, late, meta } = hold
    const usd = (nano: bigint | null) => (nano === null ? null : usdOf(nano))
    const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
    return {
      id,
      keyId: account.key.id,
      ownerId: account.key.ownerId,
      workspaceId: 'workspace-1',
      requestId,
      amount: usdOf(hold.amount),
      state,
      heldAt: time(hold.heldAt),
      expiresAt: time(hold.expiresAt),
      onExpiry,
      resolvedAt: time(hold.resolvedAt),
      // A hold that ran out was ended by nobody.
      resolvedBy: hold.byCaller ? CALLER : null,
      settled: usd(hold.settled),
      byokSettled: hold.settled === null ? null : '0',
      released: usd(hold.released),
      overdraft: usd(hold.overdraft),
      late,
      meta,
    }
  }

  /** Ends those whose time is over. */
  runOut(): void {
    for (const hold of this.#holds.values()) {
      if (hold.state !== 'open' || hold.expiresAt > this.#now()) continue
      if (hold.onExpiry === 'settle') this.#end(hold, 'settled', hold.amount)
      else this.#end(hold, 'expired', 0n)
    }
  }

  /** A call on one hold. */
  call(id: string, action: string | undefined, body: Record<string, unknown>): FakeAnswer {
    const hold = this.#holds.get(id)
    if (!hold) return problem(404, 'reservation_not_found', 'No such reservation.')
    if (action === 'extend') return this.#extend(hold, body)
    if (action === 'settle') return this.#settle(hold, body)
    if (action === 'release') return this.#release(hold)
    return { status: 200, body: this.view(id) }
  }

  #extend(hold: Hold, { ttlSeconds, amount }: Record<string, unknown>): FakeAnswer {
    if (!Number.isInteger(ttlSeconds)) return badInput('/ttlSeconds', 'Must be a whole number.')
    const wanted = amount === undefined || amount === null ? hold.amount : nanoOf(amount)
    if (wanted === undefined) return badInput('/amount', 'Must be an amount in USD.')
    if (hold.state !== 'open') return RESOLVED()
    const added = wanted > hold.amount ? wanted - hold.amount : 0n
    if (added > 0n && !hold.account.hasRoom(added)) return noRoom(hold.account, added)
    hold.amount += added
    hold.account.held += added
    hold.expiresAt = Math.max(hold.expiresAt, this.#now() + (ttlSeconds as number) * 1_000)
    return { status: 200, body: { ...this.view(hold.id), budget: hold.account.budget() } }
  }

  #settle(hold: Hold, { amount, meta = {} }: Record<string, unknown>): FakeAnswer {
    const cost = nanoOf(amount)
    if (cost === undefined) return badInput('/amount', 'Must be an amount in USD.')
    const isRepeat = hold.state === 'settled' && hold.settled === cost
    const { account } = hold
    if (isRepeat) return { status: 200, body: { ...this.view(hold.id), budget: account.budget() } }
    if (hold.state === 'settled' || hold.state === 'released') return RESOLVED()
    hold.meta = meta
    hold.byCaller = true
    const spentBefore = account.spent
    this.#end(hold, 'settled', cost)
    const limits = { budget: account.budget(), ...account.crossedSince(spentBefore) }
    return { status: 200, body: { ...this.view(hold.id), ...limits } }
  }

  #release(hold: Hold): FakeAnswer {
    if (hold.state === 'settled') return RESOLVED()
    if (hold.state === 'open') {
      hold.byCaller = true
      this.#end(hold, 'released', 0n)
    }
    return { status: 200, body: this.view(hold.id) }
  }

  #end(hold: Hold, state: Hold['state'], cost: bigint): void {
    const { account } = hold
    // An expired hold holds nothing any more.
    const held = hold.state === 'open' ? hold.amount : 0n
    const late = hold.state === 'expired'
    account.held -= held
    account.spent += cost
    hold.state = state
    hold.resolvedAt = this.#now()
    hold.released = held > cost ? held - cost : 0n
    if (state !== 'settled') return
    Object.assign(hold, { settled: cost, overdraft: cost > held ? cost - held : 0n, late })
    hold.meta ??= {}
  }
}

/** 402: what binds, and where all stands. */
export function noRoom(account: Account, nano: bigint): FakeAnswer {
  const [bound] = account.budget()
  const detail = `The total limit of the key has ${bound?.remaining} USD left.`
  const type = 'urn:latchkey:refusal:BUDGET_EXCEEDED'
  const more = { type, keyId: account.key.id, bound, budget: account.budget(), ...account.neverFits(nano) }
  return problem(402, 'BUDGET_EXCEEDED', detail, more)
}
