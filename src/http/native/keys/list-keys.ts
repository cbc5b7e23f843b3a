import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeySort } from '../../../core/keys/queries.ts'
import { ACCESSES, KEY_STATUSES, type UserId, type WorkspaceId } from '../../../core/types.ts'
import { filterText, instant, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, named, problems, SECURITY } from '../wire.ts'
import { KeyOut, renderKey } from './key-wire.ts'

const SORTS = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'] as const satisfies readonly KeySort[]

const LABEL = /^([a-z0-9._-]{1,255}):(.{0,255})$/s

const label = z.string().regex(LABEL, 'Must be name:value.').transform(readLabel)

const labelFilters = z
  .union([label.transform((one) => [one]), z.array(label).max(MAX.labelFilters)])
  .openapi({
    type: 'array',
    items: { type: 'string', pattern: LABEL.source },
    maxItems: MAX.labelFilters,
    description: '`name:value`; may be repeated, and then every one must be on the key.',
    example: ['env:production'],
  })

/** A filter that is set or left out. */
const only = z
  .literal('true')
  .transform(() => true as const)
  .openapi({ type: 'string', enum: ['true'] })

const query = z.strictObject({
  workspaceId: uuid<WorkspaceId>().optional(),
  ownerId: uuid<UserId>().optional(),
  status: z
    .enum(KEY_STATUSES)
    .optional()
    .openapi({ description: 'Revoked keys are listed only when asked for.' }),
  access: z.enum(ACCESSES).optional(),
  externalUserId: filterText(MAX.externalUserIdChars).optional().openapi({
    description: 'Keys of one of your customers, exactly as the keys name it.',
    example: 'customer-1',
  }),
  label: labelFilters.optional(),
  search: filterText(MAX.searchChars).optional().openapi({
    description:
      'Words between spaces; every one must stand somewhere in the name or in the mask, also within a word: `code` finds OpenCode. Every sign of a name counts, of any script, pictures and punctuation too; of a mask its letters and digits, or the mask as a whole. Letter case is ignored, and so is how a sign is written (`istanbul` finds İstanbul, `strasse` Straße, wide and narrow forms, composed or not); accents are not. A search without anything that can be seen is refused. 503 while a database that was upgraded is still being prepared.',
    example: 'billing prod',
  }),
  unusedSince: instant.optional().openapi({ description: 'Never used, or last used before this time.' }),
  expiresBefore: instant.optional(),
  createdBefore: instant.optional(),
  unlimited: only.optional().openapi({ description: 'Only keys without a limit of their own.' }),
  neverExpires: only.optional(),
  nearLimit: only.optional().openapi({
    description: 'Only keys that have used 80 % of one of their limits in a running window.',
  }),
  sort: z.enum(SORTS).optional().openapi({
    default: 'createdAt',
    description:
      'createdAt and lastUsedAt newest first, expiresAt soonest first, spent most first. lastUsedAt follows within about a second, the order by spent money within about two.',
  }),
  ...pageQuery,
})

/** `GET /keys` (docs/api.md#read-and-list). */
export const listKeys = operation(
  {
    method: 'get',
    path: '/keys',
    operationId: 'listKeys',
    summary: 'List keys',
    description: 'A caller that sees only its own keys gets those.',
    tags: ['keys'],
    security: SECURITY,
    request: { query },
    responses: { 200: json(pageOf(KeyOut).openapi('KeyPage'), 'One page of keys.'), ...problems(404) },
  },
  { callers: 'LIST_APIKEY', action: 'key.list', target: 'key' },
  async (c) => {
    const { limit, cursor, label: labels, sort = 'createdAt', ...filters } = c.req.valid('query')
    const listed = { list: 'keys', sort, labels, ...filters }
    const page = await c.get('latchkey').keys.list(c.get('call'), {
      ...named(filters),
      ...named({ labels }),
      sort,
      ...pageAsked({ limit, cursor }, listed),
    })
    return answerPage(c, page, { listed, render: renderKey })
  },
)

function readLabel(pair: string): { name: string; value: string } {
  const [, name = '', value = ''] = LABEL.exec(pair) ?? []
  return { name, value }
}
