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
    // Before the one by id, which would take "me" for one.
    getCurrentUser,
    getUserByEmail,
    getUser,
  ],
  renderFault,
  // Any origin may call (docs/wire/goodmem.md#transport): the credential is a header that no browser adds by itself.
  middleware: [
    cors({
      origin: '*',
      allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposeHeaders: ['Location', 'Retry-After', 'X-Request-Id'],
      maxAge: 600,
    }),
  ],
}
