import type { Word } from '../words.ts'
import { nanoOf, usdOf } from './money.ts'

/** A key that a fake knows. Only `secret` is needed. */
export interface FakeKey {
  /** The text that clients send. */
  secret: string
  /** Names it; `key-1` and so on unless given. */
  id?: string | undefined
  /** The owner of the key; `user-1` by default. */
  ownerId?: string | undefined
  /** The name of the key. */
  name?: string | undefined
  /** The labels of the key. */
  labels?: Record<string, string> | undefined
  /** The permissions of the key, such as `documents.*`. */
  permissions?: string[] | undefined
  /** The code with which every verify of it is refused. */
  refused?:
    | 'DISABLED'
    | 'EXPIRED'
    | 'NOT_YET_VALID'
    | 'FORBIDDEN'
    | 'RATE_LIMITED'
    | 'NOT_FOUND'
    | Word
    | undefined
  /** All the money that it may spend; absent for no limit. */
  limit?: string | number | undefined
}

/** Where the one limit of a fake's key stands. */
export interface FakeBudget {
  /** It is the key's own. */
  scope: 'key' | Word
  /** The key. */
  id: string
  /** The window never resets. */
  window: 'total' | Word
  /** In USD. */
  limit: string
  /** In USD. */
  spent: string
  /** In USD. */
  reserved: string
  /** In USD. */
  remaining: string
  /** Never. */
  resetsAt: null
}

/** A key of a fake, with defaults for absent members. */
export interface KnownKey {
  /** The text that clients send. */
  secret: string
  /** Names it. */
  id: string
  /** The owner of the key. */
  ownerId: string
  /** The name of the key. */
  name: string
  /** Its labels. */
  labels: Record<string, string>
  /** Its permissions. */
  permissions: string[]
  /** The code with which it is refused. */
  refused: string | undefined
}

/** A key with its spent and held money. */
export class Account {
  /** Itself. */
  readonly key: KnownKey
  /** In nano-USD; undefined without a limit. */
  readonly limit: bigint | undefined
  /** In nano-USD. */
  spent = 0n
  /** In nano-USD. */
  held = 0n

  constructor({ secret, limit, refused, ...more }: FakeKey, number: number) {
    this.key = {
      secret,
      refused,
      id: more.id ?? `key-${number}`,
      ownerId: more.ownerId ?? 'user-1',
      name: more.name ?? '',
      labels: more.labels ?? {},
      permissions: more.permissions ?? [],
    }
    this.limit = limit === undefined ? undefined : nanoOf(limit)
    if (limit !== undefined && this.limit === undefined)
      throw new TypeError(`"${limit}" is no amount in USD.`)
  }

  /** Whether so much more may be taken. */
  hasRoom(nano: bigint): boolean {
    return this.limit === undefined || this.spent + this.held + nano <= this.limit
  }

  /** `neverFits` where no hold that ends makes room for it, as the server says it. */
  neverFits(nano: bigint): { neverFits?: true | undefined } {
    return this.limit !== undefined && this.spent + nano > this.limit ? { neverFits: true } : {}
  }

  /** The thresholds that its spending has crossed since there was so much of it, as the server names them. */
  crossedSince(before: bigint): { crossed?: number[] | undefined } {
    const { limit, spent } = this
    if (limit === undefined) return {}
    const reached = (nano: bigint, percent: number) =>
      nano > 0n && (limit > 0n || percent === 100) && nano >= limit - (limit * BigInt(100 - percent)) / 100n
    const crossed = [50, 80, 100].filter((percent) => reached(spent, percent) && !reached(before, percent))
    return crossed.length === 0 ? {} : { crossed }
  }

  /** Where its limit stands; nothing without one. */
  budget(): FakeBudget[] {
    if (this.limit === undefined) return []
    const left = this.limit - this.spent - this.held
    const stands = {
      spent: usdOf(this.spent),
      reserved: usdOf(this.held),
      remaining: usdOf(left < 0n ? 0n : left),
    }
    return [
      { scope: 'key', id: this.key.id, window: 'total', limit: usdOf(this.limit), ...stands, resetsAt: null },
    ]
  }
}
