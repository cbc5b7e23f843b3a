import { Latchkey } from '../native/latchkey.ts'
import type { LatchkeyOptions } from '../native/options.ts'
import { isGiven } from '../native/shape.ts'
import { meetsPermissions } from '../rules/permissions.ts'
import type { Fetch } from '../transport/send.ts'
import { Account, type FakeKey } from './account.ts'
import { badInput, type FakeAnswer, problem } from './answers.ts'
import { Holds, noRoom } from './holds.ts'
import { nanoOf, usdOf } from './money.ts'

/** A call that a fake got. */
export interface FakeCall {
  /** Such as `POST /v2/verify`. */
  operation: string
  /** The body of the request. */
  body: Record<string, unknown>
}

/** Answers calls in a way of a test's own. */
export type FakeHandler = (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>

interface Taken {
  amount: bigint
  holds: boolean
  holdId: string | undefined
}

/**
 * Stands in for a server in the tests of a program: real clients call its {@link FakeLatchkey.fetch}. It decides by the members of its keys,
 * and holds, spends and gives back money as the server does, also for repeated calls. It knows one limit for each key, which never
 * starts anew, and no rate limits or addresses.
 *
 * @example
 * const fake = new FakeLatchkey([{ secret: 'of a reader', permissions: ['reports.read'], limit: '0.01' }])
 * const app = createApp(fake.client()) // your own code
 */
export class FakeLatchkey {
  /** In place of the platform's own, for clients that a program makes itself. */
  readonly fetch: Fetch
  /** The calls so far, in order, with those that failed. */
  readonly calls: FakeCall[] = []
  readonly #now: () => number
  readonly #accounts: Account[] = []
  readonly #holds: Holds
  readonly #taken = new Map<string, Taken>()
  readonly #handlers = new Map<string, FakeHandler>()
  #failure: Error | FakeAnswer | undefined

  constructor(keys: readonly FakeKey[] = [], { now = Date.now }: { now?: (() => number) | undefined } = {}) {
    this.#now = now
    this.#holds = new Holds(now)
    for (const key of keys) this.add(key)
    this.fetch = (url, init) => this.#fetch(url, init)
  }

  /** Makes a key known, in place of one with the same secret. Throws a TypeError when the limit is no amount. */
  add(key: FakeKey): void {
    const account = new Account(key, this.#accounts.length + 1)
    const at = this.#accounts.findIndex((each) => each.key.secret === key.secret)
    this.#accounts.splice(at < 0 ? this.#accounts.length : at, at < 0 ? 0 : 1, account)
  }

  /** A client of this fake that tries nothing twice, unless the options say otherwise. */
  client(options: LatchkeyOptions = {}): Latchkey {
    const retry = { maxRetries: 0, ...options.retry }
    return new Latchkey({
      baseUrl: 'http://latchkey.test',
      apiKey: 'fake',
      ...options,
      retry,
      fetch: this.fetch,
    })
  }

  /**
   * Lets every call fail from now on: with an error, as if the server could not be reached, or with an answer of a test's own. Undefined
   * ends that.
   */
  fail(failure: Error | { status: number; code: string; detail?: string | undefined } | undefined): void {
    const isError = failure === undefined || failure instanceof Error
    this.#failure = isError ? failure : problem(failure.status, failure.code, failure.detail ?? failure.code)
  }

  /** Answers one operation, such as `GET /v2/keys/{ref}`, in a way of the test's own. */
  on(operation: string, handler: FakeHandler): void {
    this.#handlers.set(operation, handler)
  }

  /** The spending of this secret's key, without reservations. */
  spent(secret: string): string {
    this.#holds.runOut()
    return usdOf(this.#bySecret(secret)?.spent ?? 0n)
  }

  async #fetch(url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
    signal?.throwIfAborted()
    const call = { operation: `${method} ${new URL(url).pathname}`, body: bodyOf(body) }
    this.calls.push(call)
    this.#holds.runOut()
    if (this.#failure instanceof Error) throw this.#failure
    const name = new Headers(headers).get('idempotency-key')
    const named = name === null ? call : { ...call, body: { requestId: name, ...call.body } }
    const answer = this.#failure ?? (await this.#answer(named))
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json'
    return new Response(JSON.stringify(answer.body), {
      status: answer.status,
      headers: { 'content-type': type },
    })
  }

  async #answer(call: FakeCall): Promise<FakeAnswer> {
    const { operation, body } = call
    for (const [named, handler] of this.#handlers) if (isOf(named, operation)) return handler(call)
    const [, id, action] = /^\w+ \/v2\/reservations\/([^/]+)(?:\/(\w+))?$/.exec(operation) ?? []
    if (operation === 'POST /v2/verify') return this.#verify(body)
    if (operation === 'POST /v2/reservations') return this.#reserve(body)
    if (id !== undefined) return this.#holds.call(decodeURIComponent(id), action, body)
    const detail = `The fake does not answer ${operation}. Answer it in the test: fake.on('${operation}', …).`
    return problem(501, 'not_faked', detail)
  }

  #verify(body: Record<string, unknown>): FakeAnswer {
    const account = this.#bySecret(body.key)
    if (!account || account.key.refused === 'NOT_FOUND') return refused({ code: 'NOT_FOUND' })
    const { id: keyId, refused: code, permissions } = account.key
    if (code !== undefined)
      return refused(code === 'RATE_LIMITED' ? this.#rateLimited(keyId) : { code, keyId })
    const met = isMet(permissions, body.permissions)
    if (typeof met === 'object') return met
    if (!met) return refused({ code: 'INSUFFICIENT_PERMISSIONS', keyId })
    const taken = this.#take(account, {
      ...body,
      amount: body.charge ?? body.reserve,
      holds: !isGiven(body.charge),
    })
    if (taken === 'no room') {
      const [bound] = account.budget()
      const never = account.neverFits(nanoOf(body.charge ?? body.reserve) ?? 0n)
      return refused({ code: 'BUDGET_EXCEEDED', keyId, bound, budget: account.budget(), ...never })
    }
    return 'status' in taken ? taken : { status: 200, body: { ...passed(account), ...taken } }
  }

  #rateLimited(keyId: string): object {
    const resetsAt = new Date(this.#now() + 1_000).toISOString()
    const bound = { name: 'requests', limit: 1, window: '1s', remaining: 0, resetsAt, retryAfter: '1s' }
    return { code: 'RATE_LIMITED', keyId, bound }
  }

  #reserve(body: Record<string, unknown>): FakeAnswer {
    const byId = this.#accounts.find(({ key }) => key.id === body.keyId)
    const account = isGiven(body.key) ? this.#bySecret(body.key) : byId
    if (!account || account.key.refused === 'NOT_FOUND') return problem(404, 'key_not_found', 'No such key.')
    if (account.key.refused !== undefined)
      return problem(
        409,
        'key_not_usable',
        'The key is disabled, expired, not valid yet, or may not use the data plane.',
      )
    if (!isGiven(body.amount)) return badInput('/amount', 'Must be an amount in USD.')
    const taken = this.#take(account, { ...body, holds: true })
    if (taken === 'no room') return noRoom(account, nanoOf(body.amount) ?? 0n)
    if ('status' in taken) return taken
    const { reservation, ...more } = taken as { reservation: { id: string } }
    return { status: 201, body: { ...this.#holds.view(reservation.id), budget: account.budget(), ...more } }
  }

  /** Takes money once per `requestId`, and returns the outcome; an empty one when no money is asked for. */
  #take(account: Account, body: Record<string, unknown>): FakeAnswer | 'no room' | object {
    if (!isGiven(body.amount)) return {}
    const holds = body.holds === true
    const amount = nanoOf(body.amount)
    if (amount === undefined) return badInput('/amount', 'Must be an amount in USD.')
    const name = isGiven(body.requestId) ? `${account.key.id} ${body.requestId}` : undefined
    const before = name === undefined ? undefined : this.#taken.get(name)
    if (before && (before.amount !== amount || before.holds !== holds))
      return problem(409, 'request_id_conflict', 'This requestId was used for another amount.')
    if (!before && !account.hasRoom(amount)) return 'no room'
    const holdId = before ? before.holdId : holds ? this.#holds.open(account, amount, body) : undefined
    const spentBefore = account.spent
    if (!before && !holds) account.spent += amount
    if (name !== undefined) this.#taken.set(name, { amount, holds, holdId })
    const replayed = before ? { replayed: true } : {}
    if (holdId === undefined) {
      const crossed = account.crossedSince(spentBefore)
      return { charged: usdOf(amount), budget: account.budget(), ...crossed, ...replayed }
    }
    const { id, state, expiresAt, amount: held } = this.#holds.view(holdId) as Record<string, unknown>
    return { reservation: { id, amount: held, state, expiresAt }, budget: account.budget(), ...replayed }
  }

  #bySecret(secret: unknown): Account | undefined {
    return this.#accounts.find(({ key }) => key.secret === secret)
  }
}

function passed(account: Account): object {
  const { id, ownerId, name, labels, permissions } = account.key
  const who = {
    keyId: id,
    ownerId,
    workspaceId: 'workspace-1',
    externalUserId: null,
    name,
    labels,
    permissions,
  }
  return {
    valid: true,
    code: 'VALID',
    ...who,
    expiresAt: null,
    budget: account.budget(),
    rateLimits: [],
    revision: 1,
  }
}

function refused(verdict: object): FakeAnswer {
  return { status: 200, body: { valid: false, ...verdict } }
}

function isMet(held: readonly string[], demand: unknown): boolean | FakeAnswer {
  if (!isGiven(demand)) return true
  const names = Array.isArray(demand) ? demand : [demand]
  try {
    return names.every((each) => meetsPermissions(held, String(each)))
  } catch (error) {
    return badInput('/permissions', (error as Error).message)
  }
}

function isOf(named: string, operation: string): boolean {
  const [parts, asked] = [named.split('/'), operation.split('/')]
  return (
    parts.length === asked.length && parts.every((part, at) => /^\{\w+\}$/.test(part) || part === asked[at])
  )
}

function bodyOf(body: RequestInit['body'] | undefined): Record<string, unknown> {
  return typeof body === 'string' ? JSON.parse(body) : {}
}
