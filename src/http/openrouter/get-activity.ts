import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../core/bounds.ts'
import type { Instant } from '../../core/clock.ts'
import { inputFault } from '../../core/faults.ts'
import { usdNumber } from '../../core/money.ts'
import type { UserId, WorkspaceId } from '../../core/types.ts'
import { windowStart } from '../../core/windows.ts'
import type { UsageReportQuery, UsageReportRow } from '../../store/ledger.ts'
import { formatInstant, parseInstant, text, uuid } from '../input.ts'
import { type Env, operation } from '../operation.ts'
import { refusals } from './errors.ts'
import { keyRefOf } from './key-input.ts'
import { SECURITY, TAGS } from './wire.ts'

const DAYS = 30
const DAY_MS = 86_400_000

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

const count = z.int().openapi({ example: 0 })

const Activity = z
  .object({
    date: z.string().openapi({ example: '2026-08-24' }),
    model: z
      .string()
      .openapi({ description: 'The meta `model` of the usage; empty without one.', example: 'small' }),
    model_permaslug: z.string(),
    endpoint_id: z.string(),
    provider_name: z.string(),
    usage: z.number().openapi({ description: 'USD', example: 0.25 }),
    byok_usage_inference: z.number().openapi({ description: 'USD', example: 0 }),
    requests: count,
    prompt_tokens: count,
    completion_tokens: count,
    reasoning_tokens: count,
    workspace_id: z.string().optional().openapi({ description: 'With `group_by=workspace`.' }),
  })
  .openapi('OpenRouterActivity')

/** `GET /activity` (openrouter.md §9): usage per completed UTC day and model, newest day first. */
export const getActivity = operation(
  {
    method: 'get',
    path: '/activity',
    operationId: 'openrouterGetActivity',
    summary: 'Get usage by day and model',
    description: `The last ${DAYS} completed UTC days, newest first. Usage is told apart by its meta \`model\`; what this server does not sum up by model is empty or 0.`,
    tags: TAGS,
    security: SECURITY,
    request: { query },
    responses: {
      200: {
        description: 'One row per day and model',
        content: { 'application/json': { schema: z.object({ data: z.array(Activity) }) } },
      },
      ...refusals(400, 401, 403, 404, 429, 500, 503),
    },
  },
  { access: 'LIST_APIKEY', action: 'activity.get', target: 'system' },
  async (c) => {
    const filters = c.req.valid('query')
    const asked = await queryOf(c, filters)
    if (asked === null) return c.json({ data: [] }, 200)
    const byWorkspace = filters.group_by === 'workspace'
    const data = byWorkspace ? await splitByWorkspace(c, asked) : (await rowsOf(c, asked)).map(renderRow)
    return c.json({ data: data.toSorted(newestFirst) }, 200)
  },
)

type Query = Omit<UsageReportQuery, 'rowsMax'>

/** What the filters ask for; null when they name a user of whom there can be no usage. */
async function queryOf(c: Context<Env>, filters: z.infer<typeof query>): Promise<Query | null> {
  const { latchkey, call } = c.var
  const { date, api_key_hash, user_id, workspace_id } = filters
  const today = windowStart('daily', latchkey.clock.now())
  const asked: Query = {
    ...(date === undefined ? { from: today - DAYS * DAY_MS, to: today } : dayOf(date, today)),
    interval: 'day',
    groupBy: { kind: 'meta', name: 'model' },
  }
  if (api_key_hash !== undefined) {
    asked.keyId = (await latchkey.keys.get(call, keyRefOf({ hash: api_key_hash }))).key.id
  }
  if (workspace_id !== undefined) {
    asked.workspaceId = (await latchkey.workspaces.get(call, { id: workspace_id })).id
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
    throw inputFault('query:date', `Must be one of the last ${DAYS} completed UTC days.`)
  }
  return { from, to: from + DAY_MS }
}

function rowsOf(c: Context<Env>, asked: Query): Promise<UsageReportRow[]> {
  return c.var.latchkey.usage.summarise(c.var.call, asked)
}

/** The same rows for each workspace that has any. */
async function splitByWorkspace(c: Context<Env>, asked: Query): Promise<z.infer<typeof Activity>[]> {
  const perWorkspace = await rowsOf(c, { ...asked, groupBy: { kind: 'workspace' } })
  const ids = new Set(perWorkspace.flatMap(({ group }) => (group === null ? [] : [group as WorkspaceId])))
  if (ids.size > MAX.activityWorkspaces) {
    const message = `There is usage of more than ${MAX.activityWorkspaces} workspaces. Narrow it with workspace_id.`
    throw inputFault('query:group_by', message)
  }
  const items: z.infer<typeof Activity>[] = []
  for (const workspaceId of ids) {
    const rows = await rowsOf(c, { ...asked, workspaceId })
    items.push(...rows.map((row) => ({ ...renderRow(row), workspace_id: workspaceId })))
  }
  return items
}

function renderRow({ start, group, amount, byokAmount, requests }: UsageReportRow): z.infer<typeof Activity> {
  return {
    date: formatInstant(start).slice(0, 'YYYY-MM-DD'.length),
    model: group ?? '',
    model_permaslug: '',
    endpoint_id: '',
    provider_name: '',
    usage: usdNumber(amount),
    byok_usage_inference: usdNumber(byokAmount),
    requests,
    prompt_tokens: 0,
    completion_tokens: 0,
    reasoning_tokens: 0,
  }
}

function newestFirst(one: z.infer<typeof Activity>, other: z.infer<typeof Activity>): number {
  if (one.date !== other.date) return one.date < other.date ? 1 : -1
  return one.model < other.model ? -1 : one.model > other.model ? 1 : 0
}
