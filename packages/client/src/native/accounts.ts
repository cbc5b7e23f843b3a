import { CROSSINGS, withBudget } from './answers.ts'
import type { ThresholdCrossings } from './api.gen.ts'
import { placesAt } from './call.ts'
import type { Connection } from './connection.ts'
import { type List, listOf } from './list.ts'
import type { CallOptions } from './options.ts'
import { ifMatch, type Matching } from './preconditions.ts'
import { idempotencyHeader, type Repeatable } from './repeats.ts'
import type { Shape } from './shape.ts'
import { type Waiting, waitQuery } from './waiting.ts'

/** The members that users and workspaces share. */
export interface Accounts<Created, Read, Create, Update> {
  /** A random idempotency key goes along unless one is given, so that it may be repeated. */
  create(body: Create, options?: CallOptions & Repeatable): Promise<Created>
  /** All of them, page by page. */
  list(
    query?: { limit?: number | undefined; cursor?: string | undefined },
    options?: CallOptions,
  ): List<Created>
  /** With where its own limits stand. */
  get(ref: string, options?: CallOptions): Promise<Read>
  /** A merge: absent members stay, null clears. */
  update(ref: string, body: Update, options?: CallOptions & Matching & Waiting): Promise<Created>
  /** Refused while it has keys. */
  delete(ref: string, options?: CallOptions & Matching): Promise<void>
  /** When settled usage reached 50, 80 and 100 % of a limit. */
  thresholds(ref: string, options?: CallOptions): Promise<ThresholdCrossings>
}

/** The accounts that lie at a path. */
export function accountsOf<Created, Read, Create, Update>(
  connection: Connection,
  { path, answers }: { path: '/v2/users' | '/v2/workspaces'; answers: Shape },
): Accounts<Created, Read, Create, Update> {
  const at = placesAt(path)
  return {
    create: (body, options = {}) =>
      connection.call(
        {
          method: 'POST',
          path,
          body,
          headers: idempotencyHeader(options.idempotencyKey),
          answers,
        },
        options,
      ),
    list: (query, options) => listOf<Created>(connection, { path, item: answers, query, options }),
    get: async (ref, options) =>
      connection.call({ method: 'GET', ...at(ref), answers: withBudget(answers) }, options),
    update: async (ref, body, options) =>
      connection.call(
        {
          method: 'PATCH',
          ...at(ref),
          body,
          ...waitQuery(options),
          ...ifMatch(options),
          once: true,
          answers,
        },
        options,
      ),
    delete: async (ref, options) =>
      connection.call({ method: 'DELETE', ...at(ref), ...ifMatch(options) }, options),
    thresholds: async (ref, options) =>
      connection.call({ method: 'GET', ...at(ref, '/thresholds'), answers: CROSSINGS }, options),
  }
}
