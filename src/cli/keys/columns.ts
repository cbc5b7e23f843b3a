import type { Key } from '../../../packages/client/src/index.ts'
import type { Column, Line } from '../show.ts'
import type { Colour } from '../text.ts'

const STATUS: Record<string, Colour> = {
  active: 'green',
  disabled: 'yellow',
  expired: 'red',
  not_yet_valid: 'cyan',
  revoked: 'red',
}

/** The columns of a list of keys. */
export const KEY_COLUMNS: readonly Column<Key>[] = [
  { head: 'ID', value: ({ id }) => id },
  { head: 'NAME', value: ({ name }) => name, isCut: true },
  { head: 'MASK', value: ({ mask }) => mask, spare: 5 },
  {
    head: 'STATUS',
    value: ({ status }) => status,
    colour: ({ status }) => STATUS[status] ?? 'dim',
  },
  { head: 'ACCESS', value: ({ access }) => access, spare: 3 },
  { head: 'OWNER', value: ({ ownerId }) => ownerId, spare: 1 },
  { head: 'SPENT', value: spentOf, spare: 7 },
  { head: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never', spare: 6 },
  { head: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt ?? 'never', spare: 4 },
  { head: 'LABELS', value: ({ labels }) => pairsOf(labels), isCut: true, spare: 2 },
]

/** The use of each limit of a key: `1.5 of 5 daily`. */
function spentOf({ budget, usage }: Key): string {
  if (budget.length === 0) return usage.total
  return budget.map(({ window, limit, spent }) => `${spent} of ${limit} ${window}`).join(', ')
}

function pairsOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}

/** The shown members of one key. */
export function keyLines(key: Key): readonly Line[] {
  return [
    ['id', key.id],
    ['name', key.name],
    ['mask', key.mask],
    ['hash', key.hash],
    ['status', key.status],
    ['access', key.access],
    ['owner', key.ownerId],
    ['workspace', key.workspaceId],
    ['end user', key.externalUserId],
    ['labels', pairsOf(key.labels)],
    ['permissions', key.permissions.join(', ')],
    ...key.budget.map(
      ({ window, limit, spent, reserved, remaining, resetsAt }): Line => [
        `limit ${window}`,
        `${limit} USD: ${spent} spent, ${reserved} reserved, ${remaining} left${resetsAt ? `, anew ${resetsAt}` : ''}`,
      ],
    ),
    ...key.rateLimits.map(({ name, limit, window }): Line => [`rate ${name}`, `${limit}/${window}`]),
    ['addresses', key.allowedIps.join(', ')],
    ['spent in total', key.usage.total],
    ['requests', String(key.requestCount)],
    ['not before', key.notBefore],
    ['expires', key.expiresAt ?? 'never'],
    ['last used', key.lastUsedAt ?? 'never'],
    ['created', key.createdAt],
    ['updated', key.updatedAt],
    ...key.secrets
      .slice(1)
      .map(
        ({ mask, expiresAt }): Line => ['old secret', `${mask}, works until ${expiresAt ?? 'it is ended'}`],
      ),
    ['revision', String(key.revision)],
  ]
}
