import { z } from '@hono/zod-openapi'
import { version } from '../../version.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { TAGS } from './wire.ts'

// The members that later clients require (docs/wire/goodmem.md#set-up-and-users).
const SystemInfoResponse = z
  .object({
    version: z.string().openapi({ example: '0.1.0' }),
    major: z.int(),
    minor: z.int(),
    patch: z.int(),
    dirty: z.boolean().openapi({ description: 'Whether the build held changes that are not committed.' }),
  })
  .openapi('SystemInfoResponse')

/** `GET /system/info`: the version of the server (docs/wire/goodmem.md#set-up-and-users). */
export const getSystemInfo = operation(
  {
    method: 'get',
    path: '/system/info',
    operationId: 'getSystemInfo',
    summary: 'Get the version of the server',
    tags: TAGS,
    security: [],
    responses: {
      200: { description: 'The version', content: { 'application/json': { schema: SystemInfoResponse } } },
      ...refusals(500, 429),
    },
  },
  { callers: 'public', action: 'system.info', target: 'system' },
  (c) => c.json(INFO, 200),
)

const INFO = infoOf(version)

function infoOf(semver: string): z.infer<typeof SystemInfoResponse> {
  const [major = 0, minor = 0, patch = 0] = semver.split(/[.+-]/, 3).map(Number)
  return { version: semver, major, minor, patch, dirty: false }
}
