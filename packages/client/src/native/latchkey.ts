import '../disposable.ts'
import { AUDIT_ENTRY, RECORD_CROSSING, VERIFICATIONS, verdictFor } from './answers.ts'
import type {
  AuditEntry,
  operations,
  RecordThresholdCrossing,
  Verdict,
  Verifications,
  Verify,
} from './api.gen.ts'
import { type Connection, connect } from './connection.ts'
import { type Keys, keysOf, type VerificationQuery } from './keys.ts'
import { type List, listOf } from './list.ts'
import { type Workspaces, workspacesOf } from './members.ts'
import type { CallOptions, LatchkeyOptions } from './options.ts'
import { randomName } from './repeats.ts'
import { type Reservations, reservationsOf } from './reservations.ts'
import { isGiven } from './shape.ts'
import { type Usage, usageOf } from './usage.ts'
import { type Users, usersOf } from './users.ts'

/** Which entries of the audit log to list. */
export type AuditQuery = NonNullable<operations['listAudit']['parameters']['query']>

/** Which crossings of thresholds to list. */
export type ThresholdQuery = NonNullable<operations['listAllThresholds']['parameters']['query']>

/** Changes and denied attempts. */
export interface Audit {
  /** Newest first. */
  list(query?: AuditQuery, options?: CallOptions): List<AuditEntry>
}

/**
 * A client of one Latchkey server.
 *
 * @example
 * const latchkey = new Latchkey({ baseUrl: 'http://127.0.0.1:8080', apiKey: process.env.LATCHKEY_API_KEY })
 * const verdict = await latchkey.verify({ key: secretOfTheCaller, permissions: 'documents.read' })
 * if (!verdict.valid) throw new Error(verdict.code)
 */
export class Latchkey {
  /** Create, list, read, change, rotate, boost and revoke keys. */
  readonly keys: Keys
  /** Reserve money before it is spent. */
  readonly reservations: Reservations
  /** Report usage, and read its sums. */
  readonly usage: Usage
  /** The owners of keys. */
  readonly users: Users
  /** Groups of keys, and their members. */
  readonly workspaces: Workspaces
  /** Changes and denied attempts. */
  readonly audit: Audit
  readonly #connection: Connection

  constructor(options: LatchkeyOptions = {}) {
    const connection = connect(options)
    this.#connection = connection
    this.keys = keysOf(connection)
    this.reservations = reservationsOf(connection)
    this.usage = usageOf(connection)
    this.users = usersOf(connection)
    this.workspaces = workspacesOf(connection)
    this.audit = {
      list: (query, options) =>
        listOf<AuditEntry>(connection, { path: '/v2/audit', item: AUDIT_ENTRY, query, options }),
    }
  }

  /** Refuses calls from now on, and resolves when those under way are done. */
  close(): Promise<void> {
    return this.#connection.close()
  }

  /** The same, at the end of a block that has the client by `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The outcomes of verifies by hour or day, for all keys that the caller sees, and the most refused of them. */
  async verifications(query?: VerificationQuery, options?: CallOptions): Promise<Verifications> {
    return this.#connection.call(
      { method: 'GET', path: '/v2/verifications', query, answers: VERIFICATIONS },
      options,
    )
  }

  /** When settled usage of any key, user or workspace reached 50, 80 or 100 % of a limit, oldest first, page by page. */
  thresholds(query?: ThresholdQuery, options?: CallOptions): List<RecordThresholdCrossing> {
    return listOf(this.#connection, { path: '/v2/thresholds', item: RECORD_CROSSING, query, options })
  }

  /**
   * Decides whether a key may be used now. A refusal is an answer: `valid` decides and `code` says why. A charge or reserve
   * gets a random `requestId` unless it has one, so that a repeat takes the money once.
   */
  async verify(body: Verify, options?: CallOptions): Promise<Verdict> {
    const takes = isGiven(body.charge) || isGiven(body.reserve)
    const named = takes && !isGiven(body.requestId) ? { ...body, requestId: randomName() } : body
    return this.#connection.call(
      {
        method: 'POST',
        path: '/v2/verify',
        body: named,
        answers: verdictFor(body),
      },
      options,
    )
  }
}
