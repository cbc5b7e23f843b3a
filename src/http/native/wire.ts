import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { Instant } from '../../core/ground/clock.ts'
import { formatDuration } from '../../core/ground/durations.ts'
import { duration, formatInstant } from '../kernel/input.ts'
import { problemResponse } from '../kernel/problem.ts'

/** Either header may carry the credential. */
export const SECURITY = [{ bearer: [] }, { apiKey: [] }]

/** A JSON response of a route. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON request body of a route. A request without it is refused. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

const PROBLEMS = {
  404: 'There is no such record, or it is not yours.',
  409: 'The state of the record does not allow this, the same Idempotency-Key is still running, or the requestId was used for another amount.',
  412: 'The record has changed since the revision in If-Match.',
  415: 'The body is not sent as application/json.',
  422: 'The Idempotency-Key was used for a different request.',
} as const

const ALWAYS = {
  400: 'The request is not valid; `errors` names the places.',
  401: 'No usable credential.',
  403: 'The credential may not do this.',
  408: 'The request did not arrive in time.',
  413: 'The body is too large.',
  429: 'Too many requests.',
  500: 'A fault of the server.',
  503: 'The database cannot be reached.',
} as const

/** The failures of a route: the given ones, and those that every route has. */
export function problems<Status extends keyof typeof PROBLEMS>(...statuses: Status[]) {
  const all = { ...Object.fromEntries(statuses.map((status) => [status, PROBLEMS[status]])), ...ALWAYS }
  const entries = Object.entries(all).map(([status, description]) => [status, problemResponse(description)])
  return Object.fromEntries(entries) as Record<
    Status | keyof typeof ALWAYS,
    ReturnType<typeof problemResponse>
  >
}

/** The members that the request sets. For a new record, null means the same as absent. */
export function given<T extends object>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as { [Name in keyof T]?: NonNullable<T[Name]> }
}

/** The members that a patch names, also those that are null. */
export function named<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> }
}

/** An instant as the wire shows it; null for none. */
export function instantOrNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at)
}

/** A moment in an answer. */
export const timeOut = z.string().openapi({
  format: 'date-time',
  description: 'RFC 3339, UTC, milliseconds.',
  example: '2026-11-22T12:00:00.000Z',
})

/** An amount in an answer. */
export const usdOut = z.string().openapi({ description: 'USD as a decimal text.', example: '74.5' })

/** A UUID in an answer. */
export const uuidOut = z.string().openapi({ format: 'uuid', example: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e' })

/** The actor: the key of the credential, and its owner. */
const callerOut = z
  .object({
    userId: uuidOut.openapi({ description: 'The present owner of that key.' }),
    keyId: uuidOut.openapi({ description: 'The key that was the credential.' }),
  })
  .openapi('Caller')

/** The same, where the actor may be unknown. A reference that is `nullable()` loses its null in the document. */
export const callerOrNull = z.union([callerOut, z.null()])

/** A revision in an answer. */
export const revisionOut = z
  .int()
  .openapi({ description: 'The revision of the last change, for If-Match.', example: 42 })

/** A duration in an answer. */
export const durationOut = z.string().openapi({ description: '`<n>s|m|h|d`.', example: '1m' })

/** The longest life of a granted key. */
export const keyLifetime = duration({ minMs: 1_000, maxMs: MAX.keyLifetimeMs })

/** A duration in milliseconds as the wire shows it; null for none. */
export function durationOrNull(ms: number | null): string | null {
  return ms === null ? null : formatDuration(ms)
}
