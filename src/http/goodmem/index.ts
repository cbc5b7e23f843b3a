import { cors } from 'hono/cors'
import type { Dialect } from '../kernel/dialect.ts'
import { createApiKey } from './create-api-key.ts'
import { deleteApiKey } from './delete-api-key.ts'
import { renderFault } from './errors.ts'
import { getApiKey } from './get-api-key.ts'
import { getCurrentUser } from './get-current-user.ts'
import { getSystemInfo } from './get-system-info.ts'
import { getUser } from './get-user.ts'
import { getUserByEmail } from './get-user-by-email.ts'
import { initializeSystem } from './initialize-system.ts'
import { listApiKeys } from './list-api-keys.ts'
import { updateApiKey } from './update-api-key.ts'

/** The operations under `/v1` (docs/wire/goodmem.md). */
export const goodmem: Dialect = {
  name: 'goodmem',
  base: '/v1',
  operations: [
    createApiKey,
    listApiKeys,
    getApiKey,
    updateApiKey,
    deleteApiKey,
    initializeSystem,
    getSystemInfo,
    // This one comes before the one by id, which would take "me" for an id.
    getCurrentUser,
    getUserByEmail,
    getUser,
  ],
  renderFault,
  // Pages of any origin may call (docs/wire/goodmem.md#transport), because no browser adds the credential's header by itself.
  middleware: [
    cors({
      origin: '*',
      allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposeHeaders: ['Location', 'Retry-After', 'X-Request-Id'],
      maxAge: 600,
    }),
  ],
}
