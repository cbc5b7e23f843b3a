import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS, KEY_DATA } from '../lib/key-data.ts'
import { flag, incoming, integer, list, nullable, optional, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  BadRequestResponseError,
  InternalServerResponseError,
  TooManyRequestsResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { ListRequest, ListResponse } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<ListResponse> = {
  method: 'GET',
  path: '/keys',
  request: /* @__PURE__ */ outgoing<ListRequest>({
    ...GLOBALS,
    includeDisabled: /* @__PURE__ */ optional(flag),
    offset: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(integer)),
    workspaceId: /* @__PURE__ */ optional(text),
  }),
  query: ['include_disabled', 'offset', 'workspace_id'],
  success: 200,
  response: /* @__PURE__ */ incoming<ListResponse>({ data: /* @__PURE__ */ list(KEY_DATA) }),
  errors: {
    400: BadRequestResponseError,
    401: UnauthorizedResponseError,
    429: TooManyRequestsResponseError,
    500: InternalServerResponseError,
  },
}

/** Lists the keys of a workspace, the newest first, at most 100 of them from `offset` on. */
export function apiKeysList(
  client: OpenRouterCore,
  request: ListRequest = {},
  options?: RequestOptions,
): APIPromise<Result<ListResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
