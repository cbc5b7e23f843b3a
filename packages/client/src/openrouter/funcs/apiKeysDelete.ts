import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS } from '../lib/key-data.ts'
import { incoming, outgoing, text, yes } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  InternalServerResponseError,
  NotFoundResponseError,
  TooManyRequestsResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { DeleteKeysRequest, DeleteKeysResponse } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<DeleteKeysResponse> = {
  method: 'DELETE',
  path: '/keys/{hash}',
  request: /* @__PURE__ */ outgoing<DeleteKeysRequest>({ ...GLOBALS, hash: text }),
  success: 200,
  response: /* @__PURE__ */ incoming<DeleteKeysResponse>({ deleted: yes }),
  errors: {
    401: UnauthorizedResponseError,
    404: NotFoundResponseError,
    429: TooManyRequestsResponseError,
    500: InternalServerResponseError,
  },
}

/** Deletes a key; it works for nobody from then on. */
export function apiKeysDelete(
  client: OpenRouterCore,
  request: DeleteKeysRequest,
  options?: RequestOptions,
): APIPromise<Result<DeleteKeysResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
