import { describe, expect, test } from 'bun:test'
import { keyStatus } from './life.ts'

const NOW = 1_000
const LIVE = { revokedAt: null, disabled: false, expiresAt: null, notBefore: null }
const ENABLED = { disabled: false }

describe('keyStatus', () => {
  const cases: [
    what: string,
    key: Partial<typeof LIVE> | object,
    owner: { disabled: boolean } | null,
    status: string,
  ][] = [
    ['nothing special', {}, ENABLED, 'active'],
    ['an owner that is gone', {}, null, 'active'],
    ['a disabled owner', {}, { disabled: true }, 'disabled'],
    ['its own switch', { disabled: true }, ENABLED, 'disabled'],
    ['an expiry one millisecond ahead', { expiresAt: NOW + 1 }, ENABLED, 'active'],
    ['an expiry right now', { expiresAt: NOW }, ENABLED, 'expired'],
    ['a start one millisecond ahead', { notBefore: NOW + 1 }, ENABLED, 'not_yet_valid'],
    ['a start right now', { notBefore: NOW }, ENABLED, 'active'],
    ['disabled and expired', { disabled: true, expiresAt: NOW }, ENABLED, 'disabled'],
    ['not yet valid and expired', { expiresAt: NOW, notBefore: NOW + 1 }, ENABLED, 'not_yet_valid'],
    ['disabled and not yet valid', { disabled: true, notBefore: NOW + 1 }, ENABLED, 'disabled'],
    [
      'everything at once',
      { revokedAt: 5, disabled: true, expiresAt: NOW, notBefore: NOW + 1 },
      ENABLED,
      'revoked',
    ],
  ]
  test.each(cases)('%s', (_what, key, owner, status) => {
    expect(keyStatus({ key: { ...LIVE, ...key }, owner }, NOW)).toBe(status as ReturnType<typeof keyStatus>)
  })
})
