import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS, KEY_DATA } from '../lib/key-data.ts'
import { flag, incoming, nullable, number, optional, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  BadRequestResponseError,
  InternalServerResponseError,
  NotFoundResponseError,
  TooManyRequestsResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { UpdateKeysRequest, UpdateKeysRequestBody, UpdateKeysResponse } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<UpdateKeysResponse> = {
  method: 'PATCH',
  path: '/keys/{hash}',
  request: /* @__PURE__ */ outgoing<UpdateKeysRequest>({
    ...GLOBALS,
    hash: text,
    requestBody: /* @__PURE__ */ outgoing<UpdateKeysRequestBody>({
      disabled: /* @__PURE__ */ optional(flag),
      includeByokInLimit: /* @__PURE__ */ optional(flag),
      limit: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(number)),
      limitReset: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(text)),
      name: /* @__PURE__ */ optional(text),
    }),
  }),
  success: 200,
  response: /* @__PURE__ */ incoming<UpdateKeysResponse>({ data: KEY_DATA }),
  errors: {
    400: BadRequestResponseError,
    401: UnauthorizedResponseError,
    404: NotFoundResponseError,
    429: TooManyRequestsResponseError,
    500: InternalServerResponseError,
  },
}

/** Changes the members that are given; null clears one. */
export function apiKeysUpdate(
  client: OpenRouterCore,
  request: UpdateKeysRequest,
  options?: RequestOptions,
): APIPromise<Result<UpdateKeysResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
