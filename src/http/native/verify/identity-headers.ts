import type { Key } from '../../../core/types.ts'

/** Every header by which a gateway learns whose request it is. */
export const IDENTITY_HEADERS = [
  'x-auth-key-id',
  'x-auth-owner-id',
  'x-auth-external-user-id',
  'x-auth-workspace-id',
  'x-auth-name',
  'x-auth-permissions',
  'x-auth-labels',
] as const

/** One of {@link IDENTITY_HEADERS}. */
export type IdentityHeader = (typeof IDENTITY_HEADERS)[number]

/** Whose request it is. Permissions are separated by commas, labels are `name=value` separated by commas. */
export function identityOf(key: Key): Record<IdentityHeader, string> {
  const labels = Object.entries(key.labels).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  return {
    'x-auth-key-id': key.id,
    'x-auth-owner-id': key.ownerId,
    'x-auth-external-user-id': encoded(key.externalUserId ?? ''),
    'x-auth-workspace-id': key.workspaceId,
    'x-auth-name': encoded(key.name),
    'x-auth-permissions': key.permissions.map(encoded).join(','),
    'x-auth-labels': labels.join(','),
  }
}

/** Nobody's: every header, empty, so that a gateway which copies them overwrites what a client has put there. */
export const NOBODY = Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, ''])) as Record<
  IdentityHeader,
  string
>

const PLAIN = /[^\x21-\x24\x26-\x2b\x2d-\x3c\x3e-\x7e]/gu

/**
 * A value that can break neither a header nor the lists in one: visible ASCII stands as it is, all else (and the percent sign, the
 * comma and the equals sign) is percent-encoded UTF-8. `decodeURIComponent` reads it.
 */
function encoded(value: string): string {
  return value.replace(PLAIN, percentEncoded)
}

const UTF_8 = new TextEncoder()

// Not encodeURIComponent, which throws for a lone surrogate.
function percentEncoded(sign: string): string {
  return [...UTF_8.encode(sign)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
