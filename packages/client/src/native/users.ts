import { type Accounts, accountsOf } from './accounts.ts'
import { HANDED_OVER, IMPACT, USER } from './answers.ts'
import type { CreateUser, HandedOver, HandOver, Impact, UpdateUser, User, UserWithBudget } from './api.gen.ts'
import { placesAt } from './call.ts'
import type { Connection } from './connection.ts'
import type { CallOptions } from './options.ts'

/** The owners of keys. */
export interface Users extends Accounts<User, UserWithBudget, CreateUser, UpdateUser> {
  /** Tells which keys would stop if the user were disabled now. */
  impact(id: string, options?: CallOptions): Promise<Impact>
  /** Gives the keys of a user to another one, with a result for each key. Send it again with `nextCursor` while there is one. */
  handOver(id: string, body: HandOver, options?: CallOptions): Promise<HandedOver>
}

/** The calls on users. */
export function usersOf(connection: Connection): Users {
  const path = '/v2/users'
  const at = placesAt(path)
  return {
    ...accountsOf<User, UserWithBudget, CreateUser, UpdateUser>(connection, { path, answers: USER }),
    impact: async (id, options) =>
      connection.call({ method: 'GET', ...at(id, '/impact'), answers: IMPACT }, options),
    handOver: async (id, body, options) =>
      connection.call({ method: 'POST', ...at(id, '/handover'), body, answers: HANDED_OVER }, options),
  }
}
