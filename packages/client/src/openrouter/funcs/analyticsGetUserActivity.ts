import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS } from '../lib/key-data.ts'
import { incoming, integer, list, number, optional, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  BadRequestResponseError,
  ForbiddenResponseError,
  InternalServerResponseError,
  NotFoundResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { ActivityItem, ActivityResponse } from '../models/index.ts'
import type { GetUserActivityRequest } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<ActivityResponse> = {
  method: 'GET',
  path: '/activity',
  request: /* @__PURE__ */ outgoing<GetUserActivityRequest>({
    ...GLOBALS,
    date: /* @__PURE__ */ optional(text),
    apiKeyHash: /* @__PURE__ */ optional(text),
    userId: /* @__PURE__ */ optional(text),
    groupBy: /* @__PURE__ */ optional(text),
    workspaceId: /* @__PURE__ */ optional(text),
  }),
  query: ['api_key_hash', 'date', 'group_by', 'user_id', 'workspace_id'],
  success: 200,
  response: /* @__PURE__ */ incoming<ActivityResponse>({
    data: /* @__PURE__ */ list(
      /* @__PURE__ */ incoming<ActivityItem>({
        byokUsageInference: number,
        completionTokens: integer,
        date: text,
        endpointId: text,
        model: text,
        modelPermaslug: text,
        promptTokens: integer,
        providerName: text,
        reasoningTokens: integer,
        requests: integer,
        usage: number,
        workspaceId: /* @__PURE__ */ optional(text),
      }),
    ),
  }),
  errors: {
    400: BadRequestResponseError,
    401: UnauthorizedResponseError,
    403: ForbiddenResponseError,
    404: NotFoundResponseError,
    500: InternalServerResponseError,
  },
}

/** Reads the usage of the last 30 completed UTC days, by day, model and endpoint. Needs a management key. */
export function analyticsGetUserActivity(
  client: OpenRouterCore,
  request: GetUserActivityRequest = {},
  options?: RequestOptions,
): APIPromise<Result<ActivityResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
