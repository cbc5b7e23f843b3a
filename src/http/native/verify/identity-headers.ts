import type { Key } from '../../../core/types.ts'

/** The headers that tell a gateway whose request it is. */
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

/** The headers that name the key and its owner. Permissions are separated by commas, labels are `name=value` separated by commas. */
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

/** Every header, empty. A gateway that copies them overwrites values that a client has written. */
export const NOBODY = Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, ''])) as Record<
  IdentityHeader,
  string
>

const PLAIN = /[^\x21-\x24\x26-\x2b\x2d-\x3c\x3e-\x7e]/gu

/**
 * A value that can break neither a header nor the lists in one. Visible ASCII stays as it is; everything else, and the percent sign,
 * the comma and the equals sign, becomes percent-encoded UTF-8. `decodeURIComponent` reads it.
 */
function encoded(value: string): string {
  return value.replace(PLAIN, percentEncoded)
}

const UTF_8 = new TextEncoder()

// encodeURIComponent would throw for a lone surrogate.
function percentEncoded(sign: string): string {
  return [...UTF_8.encode(sign)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
