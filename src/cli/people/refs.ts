import type { Latchkey } from '../../../packages/client/src/index.ts'
import { CommandError } from '../command.ts'
import { quoted } from '../values.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The maximum number of users that are searched for a name; with more users, name them by their id. */
const USERS_MAX = 10_000

/** The id of a user that is named by its id, its username or its e-mail address; `me` is the caller. */
export async function userIdOf(client: Latchkey, name: string): Promise<string> {
  if (UUID.test(name)) return name
  if (name === 'me') return (await client.keys.getSelf()).key.ownerId
  const wanted = name.toLowerCase()
  let seen = 0
  for await (const { id, username, email } of client.users.list({ limit: 100 })) {
    if (username.toLowerCase() === wanted || email?.toLowerCase() === wanted) return id
    seen += 1
    if (seen === USERS_MAX)
      throw new CommandError(`None of the newest ${USERS_MAX} users is ${quoted(name)}. Name it by its id.`)
  }
  throw new CommandError(`There is no user ${quoted(name)}. latchkey users list shows all of them.`)
}
