import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { DAY_MS, type Instant } from '../../core/ground/clock.ts'
import type { ActivityQuery, ActivityRow } from '../../core/metering/reports.ts'
import { usdNumber } from '../../core/money/money.ts'
import { windowStart } from '../../core/money/windows.ts'
import type { UserId, WorkspaceId } from '../../core/types.ts'
import type { Env } from '../kernel/env.ts'
import { formatInstant, parseInstant, text, uuid } from '../kernel/input.ts'
import { answerList } from '../kernel/json-list.ts'
import { operation } from '../kernel/operation.ts'
import { requestFault } from '../kernel/places.ts'
import { refusals } from './errors.ts'
import { keyRefOf } from './key-input.ts'
import { SECURITY, TAGS } from './wire.ts'

const DAYS = 30

const query = z.object({
  date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'Must be a date such as 2026-08-24.')
    .optional()
    .openapi({
      format: 'date',
      example: '2026-08-24',
      description: `One of the last ${DAYS} completed UTC days; all of them when absent.`,
    }),
  api_key_hash: text(0, MAX.credentialChars).optional(),
  user_id: text(0, MAX.externalIdChars).optional(),
  group_by: z.enum(['workspace']).optional().openapi({ description: 'Splits each row by workspace.' }),
  workspace_id: uuid<WorkspaceId>().optional(),
})

const nameIn = (name: string) =>
  z.string().openapi({ description: `The meta \`${name}\` of the usage; empty without one.` })
const tokens = (name: string) =>
  z.int().openapi({ description: `The sum of the meta \`${name}\`.`, example: 1200 })

const Activity = z
  .object({
    date: z.string().openapi({ example: '2026-08-24' }),
    model: nameIn('model'),
    model_permaslug: nameIn('model_permaslug'),
    endpoint_id: nameIn('endpoint_id'),
    provider_name: nameIn('provider_name'),
    usage: z.number().openapi({ description: 'USD', example: 0.25 }),
    byok_usage_inference: z.number().openapi({ description: 'USD', example: 0 }),
    requests: z.int().openapi({ example: 3 }),
    prompt_tokens: tokens('prompt_tokens'),
    completion_tokens: tokens('completion_tokens'),
    reasoning_tokens: tokens('reasoning_tokens'),
    workspace_id: z
      .string()
      .optional()
      .openapi({ description: 'The id of the workspace, with `group_by=workspace`.' }),
  })
  .openapi('OpenRouterActivity')

/** `GET /activity` (docs/wire/openrouter.md#credits-and-activity): usage per completed UTC day, model, endpoint and provider, newest day first. */
export const getActivity = operation(
  {
    method: 'get',
    path: '/activity',
    operationId: 'openrouterGetActivity',
    summary: 'Get usage by day, model, endpoint and provider',
    description: `The last ${DAYS} completed UTC days, newest first. Usage is told apart by the meta that it was reported, settled or charged with. Of one key, user or workspace ${MAX.activityGroups} different sets of names are told apart per day; usage under further ones is in the row without names. More than ${MAX.reportRows} rows are refused.`,
    tags: TAGS,
    security: SECURITY,
    request: { query },
    responses: {
      200: {
        description: 'One row per day, model, endpoint and provider',
        content: { 'application/json': { schema: z.object({ data: z.array(Activity) }) } },
      },
      ...refusals(400, 401, 403, 404, 429, 500, 503),
    },
  },
  { callers: 'LIST_APIKEY', action: 'activity.get', target: 'system' },
  async (c) => {
    const asked = await queryOf(c, c.req.valid('query'))
    const rows = asked === null ? [] : await c.get('latchkey').usage.activity(c.get('call'), asked)
    return answerList(c, { member: 'data', rows: newestDayFirst(rows), render: renderRow, rest: {} })
  },
)

type Query = Omit<ActivityQuery, 'rowsMax'>

/** The query for the filters; null when they name a user who can have no usage. */
async function queryOf(c: Context<Env>, filters: z.infer<typeof query>): Promise<Query | null> {
  const latchkey = c.get('latchkey')
  const call = c.get('call')
  const { date, api_key_hash, user_id, workspace_id, group_by } = filters
  const today = windowStart('daily', latchkey.clock.now())
  const asked: Query = {
    ...(date === undefined ? { from: today - DAYS * DAY_MS, to: today } : dayOf(date, today)),
    byWorkspace: group_by === 'workspace',
  }
  if (api_key_hash !== undefined) {
    asked.keyId = (await latchkey.keys.get(call, keyRefOf({ hash: api_key_hash }))).key.id
  }
  if (workspace_id !== undefined) {
    const named = { id: workspace_id, alsoDeleted: true } as const
    asked.workspaceId = (await latchkey.workspaces.get(call, named)).id
  }
  if (user_id !== undefined) {
    const named = uuid<UserId>().safeParse(user_id)
    if (!named.success) return null
    asked.ownerId = named.data
  }
  return asked
}

function dayOf(date: string, today: Instant): { from: Instant; to: Instant } {
  const from = parseInstant(`${date}T00:00:00Z`)
  if (from === null || from >= today || from < today - DAYS * DAY_MS) {
    throw requestFault('query:date', `Must be one of the last ${DAYS} completed UTC days.`)
  }
  return { from, to: from + DAY_MS }
}

function renderRow(row: ActivityRow): z.infer<typeof Activity> {
  return {
    date: formatInstant(row.start).slice(0, 'YYYY-MM-DD'.length),
    model: row.model,
    model_permaslug: row.modelPermaslug,
    endpoint_id: row.endpointId,
    provider_name: row.providerName,
    usage: usdNumber(row.amount),
    byok_usage_inference: usdNumber(row.byokAmount),
    requests: row.requests,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    reasoning_tokens: row.reasoningTokens,
    ...(row.workspaceId === null ? {} : { workspace_id: row.workspaceId }),
  }
}

/** The rows of the last day first, and in each day as they were: comparing long names would take long. */
function newestDayFirst(rows: readonly ActivityRow[]): ActivityRow[] {
  const days = [...Map.groupBy(rows, ({ start }) => start).values()]
  return days.reverse().flat()
}
