import type { Latchkey } from '../../../packages/client/src/index.ts'
import { CommandError } from '../command.ts'
import { quoted } from '../values.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The maximum number of users that are searched for a name; with more users, name them by their id. */
const USERS_MAX = 10_000

/**
 * The id of a user that is named by its id, its username or its e-mail address; `me` is the caller. A caller that may not list users finds
 * itself, and the members of the `workspace`: its manager knows them by their names.
 */
export async function userIdOf(
  client: Latchkey,
  name: string,
  { workspace }: { workspace?: string | undefined } = {},
): Promise<string> {
  if (UUID.test(name)) return name
  const { ownerId } = (await client.keys.getSelf()).key
  if (name === 'me') return ownerId
  const own = await client.users.get(ownerId)
  if (isNamed(own, name)) return ownerId
  // The audit log counts denied attempts, so a caller that may not list users does not try.
  return own.role === 'ROOT' || own.role === 'ADMIN'
    ? listedId(client, name)
    : memberId(client, name, workspace)
}

/** The id of a member of the workspace, for a caller that may not list users. */
async function memberId(client: Latchkey, name: string, workspace: string | undefined): Promise<string> {
  if (workspace !== undefined)
    for await (const member of client.workspaces.members.list(workspace, { limit: 100 }))
      if (member.username.toLowerCase() === name.toLowerCase()) return member.userId
  throw new CommandError(
    workspace === undefined
      ? `The caller may not list users, so ${quoted(name)} is not found. Name the user by its id, or a member of a workspace with --workspace.`
      : `The caller may not list users, and no member of the workspace is ${quoted(name)}. Name the user by its id.`,
  )
}

function isNamed({ username, email }: { username: string; email: string | null }, name: string): boolean {
  const wanted = name.toLowerCase()
  return username.toLowerCase() === wanted || email?.toLowerCase() === wanted
}

async function listedId(client: Latchkey, name: string): Promise<string> {
  // No two users have one username or one e-mail address, but the username of one may be the address of another.
  const mostNamed = name.includes('@') ? 2 : 1
  const found: string[] = []
  let seen = 0
  for await (const user of client.users.list({ limit: 100 })) {
    if (isNamed(user, name)) found.push(user.id)
    if (found.length === mostNamed) break
    seen += 1
    if (seen === USERS_MAX)
      throw new CommandError(
        `Only the newest ${USERS_MAX} users are searched for ${quoted(name)}. Name the user by its id.`,
      )
  }
  const [id, other] = found
  if (id === undefined)
    throw new CommandError(`There is no user ${quoted(name)}. latchkey users list shows all of them.`)
  if (other === undefined) return id
  throw new CommandError(
    `Two users have the name or e-mail address ${quoted(name)}: ${id} and ${other}. Name the user by its id.`,
  )
}
