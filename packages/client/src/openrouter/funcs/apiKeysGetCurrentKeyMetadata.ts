import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS, SPENDING } from '../lib/key-data.ts'
import { flag, incoming, integer, list, nullable, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import { InternalServerResponseError, UnauthorizedResponseError } from '../models/errors.ts'
import type { FreeModelDailyRequests } from '../models/index.ts'
import type {
  GetCurrentKeyData,
  GetCurrentKeyRequest,
  GetCurrentKeyResponse,
  RateLimit,
} from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<GetCurrentKeyResponse> = {
  method: 'GET',
  path: '/key',
  request: /* @__PURE__ */ outgoing<GetCurrentKeyRequest>(GLOBALS),
  success: 200,
  response: /* @__PURE__ */ incoming<GetCurrentKeyResponse>({
    data: /* @__PURE__ */ incoming<GetCurrentKeyData>({
      ...SPENDING,
      allowedDataRegions: /* @__PURE__ */ list(text),
      freeModelDailyRequests: /* @__PURE__ */ incoming<FreeModelDailyRequests>({
        limit: integer,
        remaining: integer,
        used: integer,
      }),
      isFreeTier: flag,
      isManagementKey: flag,
      isProvisioningKey: flag,
      organizationId: /* @__PURE__ */ nullable(text),
      rateLimit: /* @__PURE__ */ incoming<RateLimit>({ interval: text, note: text, requests: integer }),
      workspaceId: /* @__PURE__ */ nullable(text),
    }),
  }),
  errors: { 401: UnauthorizedResponseError, 500: InternalServerResponseError },
}

/** Reads the key that the call is made with. */
export function apiKeysGetCurrentKeyMetadata(
  client: OpenRouterCore,
  request: GetCurrentKeyRequest = {},
  options?: RequestOptions,
): APIPromise<Result<GetCurrentKeyResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
