import type { CreateKey, Latchkey, UpdateKey } from '../../../packages/client/src/index.ts'
import { type Context, type Given, type OptionRow, textOf, textsOf } from '../command.ts'
import { userIdOf } from '../people/refs.ts'
import { labelsIn, limitsIn, momentAhead, ratesIn } from '../values.ts'

/** The options for members of a new or changed key. */
export const MEMBER_OPTIONS: readonly OptionRow[] = [
  { flags: '--name <name>', doc: 'What people call it.' },
  { flags: '--access <access>', doc: 'Its access; use when absent.', choices: ['use', 'manage', 'full'] },
  { flags: '--end-user <id>', doc: 'Your own id of whom it is for.' },
  { flags: '--label <name=value>', doc: 'A label.', repeat: true },
  { flags: '--permission <permission>', doc: 'Such as documents.read or documents.*.', repeat: true },
  {
    flags: '--limit <usd/window>',
    doc: 'Such as 5/daily; windows are daily, weekly, monthly and total.',
    repeat: true,
  },
  { flags: '--rate <calls/duration>', doc: 'Such as 100/1m, or name=100/1m.', repeat: true },
  { flags: '--ip <address>', doc: 'An address or CIDR block that it may be used from.', repeat: true },
  { flags: '--not-before <when>', doc: 'When it begins to work: 1h, 2030-01-31 or a time.' },
  { flags: '--expires <when>', doc: 'When it ends: 30d, 2030-01-31, a time, or never.' },
]

/** The members that the options name. */
export function membersIn(given: Given, now: number): Partial<CreateKey> {
  const [name, access, endUser] = ['name', 'access', 'endUser'].map((each) => textOf(given, each))
  const [labels, permissions, rates, ips] = ['label', 'permission', 'rate', 'ip'].map((each) =>
    textsOf(given, each),
  )
  const notBefore = textOf(given, 'notBefore')
  const expires = textOf(given, 'expires')
  return {
    ...(name !== undefined && { name }),
    ...(access !== undefined && { access: access as 'use' }),
    ...(endUser !== undefined && { externalUserId: endUser }),
    ...(labels?.length && { labels: labelsIn(labels) }),
    ...(permissions?.length && { permissions }),
    ...(rates?.length && { rateLimits: ratesIn(rates) }),
    ...(ips?.length && { allowedIps: ips }),
    ...(notBefore !== undefined && { notBefore: momentAhead('--not-before', notBefore, now) }),
    ...(expires !== undefined && { expiresAt: momentAhead('--expires', expires, now) }),
  }
}

/** A new key from the options. */
export async function newKeyOf({ now }: Context, given: Given, client: Latchkey): Promise<CreateKey> {
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone: false })
  const [owner, workspace] = [textOf(given, 'owner'), textOf(given, 'workspace')]
  return {
    ...membersIn(given, now()),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(owner !== undefined && { ownerId: await userIdOf(client, owner, { workspace }) }),
    ...(workspace !== undefined && { workspaceId: (await client.workspaces.get(workspace)).id }),
  }
}

/** A change of a key, from the options. */
export async function changeOf({ now }: Context, given: Given, client: Latchkey): Promise<UpdateKey> {
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone: true })
  const gone = Object.fromEntries(textsOf(given, 'removeLabel').map((name) => [name, null]))
  const { labels, ...members } = membersIn(given, now())
  const changed = { ...labels, ...gone }
  const owner = textOf(given, 'owner')
  return {
    ...members,
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(changed).length > 0 && { labels: changed }),
    ...(owner !== undefined && { ownerId: await userIdOf(client, owner) }),
  } as UpdateKey
}
