import type { ServerProcess } from '../support/server.ts'
import { largestKey } from '../support/worst-bodies.ts'
import type { HostileTenant } from './hostile-kinds.ts'

/** The parts that create the tenants. */
export interface Operator {
  server: ServerProcess
  rootKey: string
}

const CREDENTIALS = 40
const LARGEST_KEYS = 60
const PLAIN_KEYS = 40

async function make<T>({ server, rootKey }: Operator, path: string, body: object, key = rootKey): Promise<T> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (response.status !== 201)
    throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

interface MadeKey {
  key: { id: string }
  secret: string
}

/**
 * Creates a user of this role with this number of keys; the root key creates only the first one, because its rate belongs to the
 * operator.
 */
async function makeUser(operator: Operator, user: { username: string; role: string }, keys: number) {
  const { username } = user
  const { id } = await make<{ id: string }>(operator, '/v2/users', {
    ...user,
    email: `${username}@example.com`,
    displayName: username,
  })
  const makeKey = () => make<MadeKey>(operator, '/v2/keys', { ownerId: id, access: 'full' })
  const secrets = (await Promise.all(Array.from({ length: keys }, makeKey))).map(({ secret }) => secret)
  return { id, secrets }
}

/** Creates a SERVICE for the honest tenant; returns its key. */
export async function makeBackend(operator: Operator): Promise<string> {
  const { secrets } = await makeUser(operator, { username: 'honest', role: 'SERVICE' }, 1)
  return secrets[0] ?? ''
}

/** The hostile tenant: an ADMIN, a USER and a SERVICE, each with many keys, so that the rate of one key is no bound. */
export async function makeHostileTenant(operator: Operator): Promise<HostileTenant> {
  const admin = await makeUser(operator, { username: 'hostile-admin', role: 'ADMIN' }, CREDENTIALS)
  const user = await makeUser(operator, { username: 'hostile-user', role: 'USER' }, CREDENTIALS)
  const service = await makeUser(operator, { username: 'hostile-service', role: 'SERVICE' }, CREDENTIALS)
  const keys = (count: number, body: object) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const made = await make<MadeKey>(
          operator,
          '/v2/keys',
          { ...body, ownerId: user.id },
          admin.secrets[0],
        )
        return { id: made.key.id, secret: made.secret }
      }),
    )
  const { allowedIps: _, ...largest } = largestKey() as Record<string, unknown>
  const workspace = await make<{ id: string }>(
    operator,
    '/v2/workspaces',
    { name: 'Hostile', slug: 'hostile' },
    admin.secrets[0],
  )
  return {
    url: operator.server.url,
    port: operator.server.port,
    admin: admin.secrets,
    user: user.secrets,
    service: service.secrets,
    largest: await keys(LARGEST_KEYS, largest),
    plain: await keys(PLAIN_KEYS, { access: 'use', labels: { tier: 'gold' } }),
    userId: user.id,
    adminId: admin.id,
    workspaceId: workspace.id,
  }
}
