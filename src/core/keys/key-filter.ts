// Tests: test/wire/native/revoke-keys.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Key, User } from '../types.ts'
import { keyStatus } from './life.ts'
import type { KeyQuery } from './queries.ts'
import { searchedText, searchWords } from './search-text.ts'

/** The filter of a list of keys, without its order and its pages. */
export type KeyFilter = Pick<
  KeyQuery,
  | 'workspaceId'
  | 'ownerId'
  | 'status'
  | 'access'
  | 'externalUserId'
  | 'labels'
  | 'search'
  | 'unusedSince'
  | 'expiresBefore'
>

/** A key with its facts at one moment. */
export interface KeyNow {
  key: Key
  /** Null when the owner is deleted. */
  owner: Pick<User, 'disabled'> | null
  /** The latest known use, in milliseconds since 1970; null when it was never used. */
  lastUsedAt: Instant | null
  at: Instant
}

/** Whether a list with this filter shows the key. */
export function isAmongFiltered(filter: KeyFilter, { key, owner, lastUsedAt, at }: KeyNow): boolean {
  const { workspaceId, ownerId, status, access, externalUserId } = filter
  const { labels = [], search, unusedSince, expiresBefore } = filter
  const stands = keyStatus({ key, owner }, at)
  return (
    (status === undefined ? stands !== 'revoked' : stands === status) &&
    (workspaceId ?? key.workspaceId) === key.workspaceId &&
    (ownerId ?? key.ownerId) === key.ownerId &&
    (access ?? key.access) === key.access &&
    (externalUserId ?? key.externalUserId) === key.externalUserId &&
    labels.every(({ name, value }) => Object.hasOwn(key.labels, name) && key.labels[name] === value) &&
    (search === undefined || isFound(key, search)) &&
    (unusedSince === undefined || (lastUsedAt ?? 0) < unusedSince) &&
    (expiresBefore === undefined || (key.expiresAt ?? Number.POSITIVE_INFINITY) < expiresBefore)
  )
}

function isFound({ name, secrets: [{ mask }] }: Key, search: string): boolean {
  const text = searchedText({ name, mask })
  return searchWords(search).every((word) => text.includes(word))
}
