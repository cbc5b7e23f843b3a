import { dashboardOperations } from '../../src/http/dashboard/index.ts'
import { goodmem } from '../../src/http/goodmem/index.ts'
import type { Operation } from '../../src/http/kernel/operation.ts'
import { native } from '../../src/http/native/index.ts'
import { openrouter } from '../../src/http/openrouter/index.ts'
import { operations } from '../../src/http/ops/index.ts'
import type { Answer } from '../support/app.ts'
import type { Scene } from './scene.ts'

/** The records that the addresses name. */
export type Named = Pick<Scene, 'target' | 'reservationId'>

/** A request that reads, and the records of a scene that it names. */
export interface Read {
  name: string
  callers: Operation['callers']
  method: string
  path: (on: Named) => string
  body?: (on: Scene) => object
  headers?: (on: Scene) => Record<string, string>
  /** The call with which it begins by itself, or what makes memory lack what it reads. */
  first?: (on: Scene) => Promise<Answer>
}

/** The address of each, by the names of its records. */
export const PATHS: Record<string, (on: Named) => string> = {
  '/v2/keys': () => '/v2/keys?limit=5',
  '/v2/keys/self': () => '/v2/keys/self',
  '/v2/keys/health': () => '/v2/keys/health',
  '/v2/keys/{ref}': ({ target }) => `/v2/keys/${target.keyId}`,
  '/v2/keys/{ref}/thresholds': ({ target }) => `/v2/keys/${target.keyId}/thresholds`,
  '/v2/keys/{ref}/verifications': ({ target }) => `/v2/keys/${target.keyId}/verifications`,
  '/v2/verifications': () => '/v2/verifications',
  '/v2/reservations': () => '/v2/reservations',
  '/v2/reservations/{reservationId}': ({ reservationId }) => `/v2/reservations/${reservationId}`,
  '/v2/usage': () => '/v2/usage?groupBy=key',
  '/v2/thresholds': () => '/v2/thresholds',
  '/v2/usage/events': ({ target }) => `/v2/usage/events?keyId=${target.keyId}&id=used`,
  '/v2/users': () => '/v2/users',
  '/v2/users/{id}': ({ target }) => `/v2/users/${target.userId}`,
  '/v2/users/{id}/thresholds': ({ target }) => `/v2/users/${target.userId}/thresholds`,
  '/v2/users/{id}/impact': ({ target }) => `/v2/users/${target.userId}/impact`,
  '/v2/workspaces': () => '/v2/workspaces',
  '/v2/workspaces/{ref}': ({ target }) => `/v2/workspaces/${target.workspaceId}`,
  '/v2/workspaces/{ref}/thresholds': ({ target }) => `/v2/workspaces/${target.workspaceId}/thresholds`,
  '/v2/workspaces/{ref}/members': ({ target }) => `/v2/workspaces/${target.workspaceId}/members`,
  '/v2/audit': () => '/v2/audit?limit=5',
  '/v2/changes': () => '/v2/changes',
  '/v1/apikeys': () => '/v1/apikeys',
  '/v1/apikeys/{id}': ({ target }) => `/v1/apikeys/${target.keyId}`,
  '/v1/users/me': () => '/v1/users/me',
  '/v1/users/email/{email}': () => '/v1/users/email/known@example.com',
  '/v1/users/{id}': ({ target }) => `/v1/users/${target.userId}`,
  '/api/v1/key': () => '/api/v1/key',
  '/api/v1/auth/key': () => '/api/v1/auth/key',
  '/api/v1/keys': () => '/api/v1/keys',
  '/api/v1/keys/{hash}': ({ target }) => `/api/v1/keys/${target.hash}`,
  '/api/v1/credits': () => '/api/v1/credits',
  '/api/v1/activity': () => '/api/v1/activity',
  '/metrics': () => '/metrics',
  '/dashboard/session': () => '/dashboard/session',
  '/dashboard/settings': () => '/dashboard/settings',
}

const operatorsOwn = operations({
  check: async () => {},
  measurements: {} as never,
  describe: () => ({}) as never,
  basePath: '',
  dashboard: dashboardOperations({} as never, { settings: [], basePath: '' }),
})

/** Every operation that answers GET, and needs a caller. */
export const GETS: Read[] = [native, goodmem, openrouter, operatorsOwn].flatMap((dialect) =>
  dialect.operations
    .filter(({ method, callers }) => method === 'get' && callers !== 'public' && callers !== 'verified')
    .map(({ path, callers }) => {
      const name = dialect.base + path
      return { name, callers, method: 'GET', path: PATHS[name] ?? (() => '/unknown') }
    }),
)
