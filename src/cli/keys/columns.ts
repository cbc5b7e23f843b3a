import type { Key } from '../../../packages/client/src/index.ts'
import type { Column } from '../show.ts'
import type { Colour } from '../text.ts'

const STATUS: Record<string, Colour> = {
  active: 'green',
  disabled: 'yellow',
  expired: 'red',
  not_yet_valid: 'cyan',
  revoked: 'red',
}

/** What a list of keys shows of each. */
export const KEY_COLUMNS: readonly Column<Key>[] = [
  { head: 'ID', value: ({ id }) => id },
  { head: 'NAME', value: ({ name }) => name },
  { head: 'MASK', value: ({ mask }) => mask },
  {
    head: 'STATUS',
    value: ({ status }) => status,
    paint: ({ status }, paint) => paint(STATUS[status] ?? 'dim', status),
  },
  { head: 'ACCESS', value: ({ access }) => access },
  { head: 'OWNER', value: ({ ownerId }) => ownerId },
  { head: 'SPENT', value: spentOf },
  { head: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never' },
  { head: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt ?? 'never' },
  { head: 'LABELS', value: ({ labels }) => pairsOf(labels) },
]

/** Where each limit of a key stands: `1.5 of 5 daily`. */
function spentOf({ budget, usage }: Key): string {
  if (budget.length === 0) return usage.total
  return budget.map(({ window, limit, spent }) => `${spent} of ${limit} ${window}`).join(', ')
}

function pairsOf(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}

/** What is shown of one key. */
export function keyLines(key: Key): [string, string][] {
  const lines: [string, string | null][] = [
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
    ...key.budget.map(({ window, limit, spent, reserved, remaining, resetsAt }): [string, string] => [
      `limit ${window}`,
      `${limit} USD: ${spent} spent, ${reserved} reserved, ${remaining} left${resetsAt ? `, anew ${resetsAt}` : ''}`,
    ]),
    ...key.rateLimits.map(({ name, limit, window }): [string, string] => [
      `rate ${name}`,
      `${limit}/${window}`,
    ]),
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
      .map(({ mask, expiresAt }): [string, string] => [
        'old secret',
        `${mask}, works until ${expiresAt ?? 'it is ended'}`,
      ]),
    ['revision', String(key.revision)],
  ]
  return lines.filter((line): line is [string, string] => line[1] !== null && line[1] !== '')
}
