import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS, KEY_DATA } from '../lib/key-data.ts'
import { incoming, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  InternalServerResponseError,
  NotFoundResponseError,
  TooManyRequestsResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { GetKeyRequest, GetKeyResponse } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<GetKeyResponse> = {
  method: 'GET',
  path: '/keys/{hash}',
  request: /* @__PURE__ */ outgoing<GetKeyRequest>({ ...GLOBALS, hash: text }),
  success: 200,
  response: /* @__PURE__ */ incoming<GetKeyResponse>({ data: KEY_DATA }),
  errors: {
    401: UnauthorizedResponseError,
    404: NotFoundResponseError,
    429: TooManyRequestsResponseError,
    500: InternalServerResponseError,
  },
}

/** Reads one key. */
export function apiKeysGet(
  client: OpenRouterCore,
  request: GetKeyRequest,
  options?: RequestOptions,
): APIPromise<Result<GetKeyResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
