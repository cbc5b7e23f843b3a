import { z } from '@hono/zod-openapi'
import type { AuditEntry, AuditRecord } from '../../../core/access/audit-entry.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import { formatDuration } from '../../../core/ground/durations.ts'
import type { UserId } from '../../../core/types.ts'
import { filterText, formatInstant, instant, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, named, problems, SECURITY, timeOut, uuidOut } from '../wire.ts'

const TARGETS = [
  'key',
  'user',
  'workspace',
  'system',
] as const satisfies readonly AuditRecord['target']['kind'][]
const OUTCOMES = ['done', 'denied'] as const satisfies readonly AuditEntry['outcome'][]

const members = z.record(z.string(), z.unknown()).nullable()

const AuditEntryOut = z
  .object({
    id: uuidOut,
    at: timeOut.openapi({ description: 'The time of the act; for equal denials, the first of them.' }),
    count: z.int().openapi({
      description:
        'The number of equal denials within one hour: same key, action, target and reason. 1 for an act that was done.',
    }),
    lastAt: timeOut.openapi({ description: 'The time of the last of them.' }),
    action: z.string().openapi({ example: 'key.update' }),
    outcome: z.enum(OUTCOMES),
    target: z.object({ kind: z.enum(TARGETS), id: z.string().nullable() }),
    actor: z.object({ userId: uuidOut.nullable(), keyId: uuidOut.nullable() }).openapi({
      description: 'The owner of the credential; nulls for the acts of the server itself at its first start.',
    }),
    before: members.openapi({
      description: 'The changed members, before the change.',
      example: { disabled: false },
    }),
    after: members.openapi({
      description: 'The changed members, after the change.',
      example: { disabled: true },
    }),
    reason: z.string().nullable().openapi({ description: 'The given reason, or the reason of the denial.' }),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
    revision: z.int().nullable().openapi({ description: 'Null for denied attempts.' }),
  })
  .openapi('AuditEntry')

const query = z.strictObject({
  targetKind: z.enum(TARGETS).optional(),
  targetId: filterText(MAX.auditTextChars).optional(),
  actorUserId: uuid<UserId>().optional(),
  requestId: filterText(MAX.requestIdChars).optional().openapi({
    description: 'Only entries of one request, by the `X-Request-Id` of its answer.',
  }),
  action: filterText(MAX.auditTextChars).optional().openapi({ example: 'key.revoke' }),
  outcome: z.enum(OUTCOMES).optional(),
  from: instant.optional(),
  to: instant.optional().openapi({ description: 'Only acts before this time.' }),
  ...pageQuery,
})

/** `GET /audit` (docs/api.md#audit-log), newest first. */
export const listAudit = operation(
  {
    method: 'get',
    path: '/audit',
    operationId: 'listAudit',
    summary: 'Read the audit log',
    description: 'Changes and denied attempts, with caller, action and record, newest first. Never a secret.',
    tags: ['audit'],
    security: SECURITY,
    request: { query },
    responses: {
      200: json(pageOf(AuditEntryOut).openapi('AuditPage'), 'One page of entries.'),
      ...problems(),
    },
  },
  { callers: 'READ_AUDIT', action: 'audit.list', target: 'system' },
  async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const listed = { list: 'audit', ...filters }
    const asked = { ...named(filters), ...pageAsked({ limit, cursor }, listed) }
    const page = await c.get('latchkey').audit.list(c.get('call'), asked)
    return answerPage(c, page, { listed, render: renderEntry })
  },
)

function renderEntry(entry: AuditEntry): z.infer<typeof AuditEntryOut> {
  const { id, action, outcome, target, reason, requestId, ip, revision } = entry
  return {
    id,
    at: formatInstant(entry.at),
    count: entry.count,
    lastAt: formatInstant(entry.lastAt),
    action,
    outcome,
    target: { kind: target.kind, id: target.id },
    actor: { userId: entry.actorUserId, keyId: entry.actorKeyId },
    before: entry.before && renderMembers(entry.before),
    after: entry.after && renderMembers(entry.after),
    reason,
    requestId,
    ip,
    revision,
  }
}

/**
 * The members of a record, with the names and forms that the record has on the wire. Labels have names that customers choose, but
 * cannot be mistaken for members: they have no capitals, and their values are texts.
 */
function renderMembers(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => renderMember(name, value)))
}

function renderMember(name: string, value: unknown): [name: string, value: unknown] {
  if (name === 'windowMs') return ['window', formatDuration(Number(value))]
  if (name === 'keyLifetimeMs') return ['keyLifetime', value === null ? null : formatDuration(Number(value))]
  if (typeof value === 'number' && (name.endsWith('At') || name === 'notBefore' || name === 'until'))
    return [name, formatInstant(value)]
  if (Array.isArray(value)) return [name, value.map((item) => (isRecord(item) ? renderMembers(item) : item))]
  return [name, isRecord(value) ? renderMembers(value) : value]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
