import { z } from '@hono/zod-openapi'
import { version } from '../../version.ts'
import { type Operation, operation } from '../kernel/operation.ts'
import { problemResponse } from '../kernel/problem.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** One setting of the server, for those who manage everything. */
export interface SettingRow {
  env: string
  flag: string
  doc: string
  /** Null for a setting without a value, and always for a secret. */
  value: string | null
  isGiven: boolean
  isSecret: boolean
}

const Settings = z.object({
  version: z.string(),
  settings: z.array(
    z.object({
      env: z.string(),
      flag: z.string(),
      doc: z.string(),
      value: z.string().nullable(),
      isGiven: z.boolean(),
      isSecret: z.boolean(),
    }),
  ),
})

/** `GET /dashboard/settings`: the settings that the server was started with, for the page of settings. The page changes none. */
export function getSettings(settings: readonly SettingRow[]): Operation {
  return operation(
    {
      method: 'get',
      path: '/dashboard/settings',
      hide: true,
      responses: {
        200: { description: 'The settings.', content: { 'application/json': { schema: Settings } } },
        ...ANY_FAILURE,
        401: problemResponse('No usable key.'),
        403: problemResponse('Not allowed.'),
      },
    },
    // A caller that may read the audit log may also read the settings.
    { callers: 'READ_AUDIT', action: 'settings.read', target: 'system' },
    (c) => c.json({ version, settings: [...settings] }, 200),
  )
}
