import type { Instant } from '../../src/core/ground/clock.ts'
import type { KeyQuery, KeySort } from '../../src/core/keys/queries.ts'
import type { KeyFill } from './fill-keys.ts'

/** The orders of the key list. */
export const KEY_SORTS: KeySort[] = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']

type Filter = Partial<KeyQuery>

/** Every filter of the key list alone, and every pair of filters, for a database that {@link fillKeys} has filled at this moment. */
export function listFilters(fill: KeyFill, at: Instant): [name: string, filter: Filter][] {
  const kinds: Record<string, Record<string, Filter>> = {
    workspace: { workspace: { workspaceId: fill.workspaceId } },
    owner: { owner: { ownerId: fill.ownerId } },
    status: {
      active: { status: 'active' },
      disabled: { status: 'disabled' },
      expired: { status: 'expired' },
      'not yet valid': { status: 'not_yet_valid' },
      revoked: { status: 'revoked' },
    },
    access: { 'access use': { access: 'use' }, 'access manage': { access: 'manage' } },
    customer: {
      'customer of a quarter': { externalUserId: 'wholesale' },
      'customer of few': { externalUserId: 'customer-4903' },
    },
    label: {
      'label of a third': { labels: [{ name: 'env', value: 'prod' }] },
      'label of 1 in 1000': { labels: [{ name: 'team', value: 'team-7' }] },
      'label of the oldest 2 %': { labels: [{ name: 'era', value: 'old' }] },
      'two labels': {
        labels: [
          { name: 'env', value: 'prod' },
          { name: 'era', value: 'old' },
        ],
      },
    },
    search: {
      'search of all': { search: 'lk service' },
      'search of 1 in 100': { search: 'service17' },
      'search of the oldest 2 %': { search: 'egac' },
      'search of 12 letters': { search: 's r o l 0 1 2 3 4 5 6 9' },
      'search of a mask': { search: fill.mask },
    },
    unused: { unused: { unusedSince: 1 } },
    expiring: { expiring: { expiresBefore: at } },
    unlimited: { unlimited: { unlimited: true } },
    pressed: { 'near a limit': { nearLimit: true } },
  }
  const singles = Object.values(kinds).flatMap((kind) => Object.entries(kind))
  const pairs = Object.entries(kinds).flatMap(([kind, members], index) =>
    Object.entries(kinds)
      .slice(index + 1)
      .filter(([other]) => other !== kind)
      .flatMap(([, others]) =>
        Object.entries(members).flatMap(([name, filter]) =>
          Object.entries(others).map(([other, second]): [string, Filter] => [
            `${name} + ${other}`,
            { ...filter, ...second },
          ]),
        ),
      ),
  )
  return [['plain', {}], ...singles, ...pairs]
}
