import { cellOf, structureIn } from './columns.ts'
import type { Row } from './records.ts'

/**
 * The columns of a row with a value that are not known (known ones are named in camel case). No member of a key here can hold these
 * values, so they are reported: nobody must believe that they were imported.
 */
export function leftOver(row: Row, known: ReadonlySet<string>): string[] {
  return Object.keys(row)
    .filter((name) => !known.has(camel(name)) && saysSomething(structureIn(row, name) ?? cellOf(row, name)))
    .map((name) => `${name} has no place here`)
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function saysSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  // PostgreSQL writes false as f.
  return value !== undefined && value !== false && value !== 'f' && value !== 0
}

/** The columns of better-auth's table that are read, or that do not describe the key itself. */
export const BETTER_AUTH: ReadonlySet<string> = new Set([
  ...['id', 'configId', 'name', 'start', 'prefix', 'key', 'userId', 'referenceId', 'enabled', 'permissions'],
  ...['rateLimitEnabled', 'rateLimitMax', 'rateLimitTimeWindow', 'requestCount', 'lastRequest'],
  ...['remaining', 'refillInterval', 'refillAmount', 'lastRefillAt', 'expiresAt', 'createdAt', 'updatedAt'],
])

/** The same of LiteLLM's. */
export const LITELLM: ReadonlySet<string> = new Set([
  ...['token', 'keyName', 'keyAlias', 'spend', 'expires', 'models', 'userId', 'teamId', 'blocked'],
  ...['maxBudget', 'budgetDuration', 'budgetResetAt', 'rpmLimit', 'tpmLimit', 'maxParallelRequests'],
  ...['createdAt', 'createdBy', 'updatedAt', 'updatedBy', 'lastActive', 'rotationCount', 'lastRotationAt'],
  ...['softBudgetCooldown', 'modelSpend'],
])

/** The same of Unkey's migrations. */
export const UNKEY: ReadonlySet<string> = new Set([
  ...[
    'hash',
    'plaintext',
    'start',
    'prefix',
    'name',
    'enabled',
    'externalId',
    'ownerId',
    'permissions',
    'roles',
  ],
  ...['meta', 'credits', 'remaining', 'ratelimit', 'ratelimits', 'expires', 'byteLength'],
])
