import { expect } from 'bun:test'
import { OpenRouter } from '@openrouter/sdk'
import * as errors from '@openrouter/sdk/models/errors'
import type { WorkspaceId } from '../../src/core/types.ts'
import { type Listener, listen } from '../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type FaultyStore, faultyStore } from '../support/faulty-store.ts'
import { type Cast, callOf, castOf } from '../wire/cast.ts'

/** An application on a real socket, over a store that can fail on demand. */
export interface Served {
  app: TestApp
  cast: Cast
  listener: Listener
  faulty: FaultyStore
  workspaceId: WorkspaceId
  defaultWorkspaceId: WorkspaceId
  /** The official client, as the holder of a secret (the administrator's by default). */
  client(secret?: string): OpenRouter
}

/** Starts it, with the cast and a second workspace. Call `shut` at the end of the test. */
export async function serve(overrides: Parameters<typeof testApp>[0] = {}): Promise<Served> {
  const faulty = await faultyStore()
  const app = await testApp({ ...overrides, store: faulty.store })
  const cast = await castOf(app)
  const call = await callOf(app, app.rootKey)
  const { id: defaultWorkspaceId } = await app.latchkey.workspaces.get(call, 'default')
  const { id: workspaceId } = await app.latchkey.workspaces.create(call, { name: 'Team', slug: 'team' })
  const { fetch } = app
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch })
  const client = (apiKey = cast.admin.keys.manage.secret) =>
    new OpenRouter({ serverURL: `${listener.url}/api/v1`, apiKey, retryConfig: { strategy: 'none' } })
  return { app, cast, listener, faulty, workspaceId, defaultWorkspaceId, client }
}

/** Closes the socket, then the application. */
export async function shut({ app, listener }: Served): Promise<void> {
  await listener.stop(1_000)
  await app.close()
}

/** The refusal of a call; fails the test when there is none. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('The call was not refused.')
}

/** A hash that no key has. */
export const NO_HASH = '0'.repeat(64)

/** Every operation of the client; those on a single key name one that does not exist. */
export const OPERATIONS = {
  current: (client: OpenRouter) => client.apiKeys.getCurrentKeyMetadata(),
  list: (client: OpenRouter) => client.apiKeys.list(),
  create: (client: OpenRouter) => client.apiKeys.create({ requestBody: { name: 'x' } }),
  get: (client: OpenRouter) => client.apiKeys.get({ hash: NO_HASH }),
  update: (client: OpenRouter) => client.apiKeys.update({ hash: NO_HASH, requestBody: { name: 'x' } }),
  delete: (client: OpenRouter) => client.apiKeys.delete({ hash: NO_HASH }),
}

/** The name of an operation. */
export type OperationName = keyof typeof OPERATIONS

// The statuses for which the client has a class of its own, per operation (docs/wire/openrouter.md#clients); others get the default
// class.
const TYPED: Record<number, { error: new (...args: never[]) => Error; in: OperationName[] }> = {
  401: {
    error: errors.UnauthorizedResponseError,
    in: ['current', 'list', 'create', 'get', 'update', 'delete'],
  },
  403: { error: errors.ForbiddenResponseError, in: ['create'] },
  429: { error: errors.TooManyRequestsResponseError, in: ['list', 'create', 'get', 'update', 'delete'] },
  500: {
    error: errors.InternalServerResponseError,
    in: ['current', 'list', 'create', 'get', 'update', 'delete'],
  },
  503: { error: errors.OpenRouterDefaultError, in: [] },
}

/** Requires the class of the refusal and its status, and that the client could read the body. */
export function expectRefusal(
  error: unknown,
  status: number,
  { operation, message }: { operation: OperationName; message: string },
) {
  const typed = TYPED[status]?.in.includes(operation) ?? true
  if (typed) expect(error).toBeInstanceOf(TYPED[status]?.error ?? Error)
  else expect(error).toBeInstanceOf(errors.OpenRouterDefaultError)
  const { statusCode, body, contentType } = error as errors.OpenRouterError
  expect(statusCode).toBe(status)
  expect(contentType).toBe('application/json')
  expect(JSON.parse(body)).toMatchObject({ error: { code: status, message } })
  if (typed) expect(error).toMatchObject({ message, error: { code: status, message } })
}

/** Every operation with its name. */
export function operations(): [OperationName, (client: OpenRouter) => Promise<unknown>][] {
  return Object.entries(OPERATIONS) as [OperationName, (client: OpenRouter) => Promise<unknown>][]
}

/** A management key whose facts are not in memory yet. */
export async function newManager({ app, cast }: Served): Promise<{ secret: string }> {
  const call = await callOf(app, app.rootKey)
  const { secret } = await app.latchkey.keys.create(call, { access: 'manage', ownerId: cast.admin.userId })
  return { secret: secret.reveal() }
}
