import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS } from '../lib/key-data.ts'
import { incoming, number, outgoing } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  ForbiddenResponseError,
  InternalServerResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type { GetCreditsData, GetCreditsRequest, GetCreditsResponse } from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<GetCreditsResponse> = {
  method: 'GET',
  path: '/credits',
  request: /* @__PURE__ */ outgoing<GetCreditsRequest>(GLOBALS),
  success: 200,
  response: /* @__PURE__ */ incoming<GetCreditsResponse>({
    data: /* @__PURE__ */ incoming<GetCreditsData>({ totalCredits: number, totalUsage: number }),
  }),
  errors: {
    401: UnauthorizedResponseError,
    403: ForbiddenResponseError,
    500: InternalServerResponseError,
  },
}

/** Reads how much money there is and how much was used, in USD. Needs a management key. */
export function creditsGetCredits(
  client: OpenRouterCore,
  request: GetCreditsRequest = {},
  options?: RequestOptions,
): APIPromise<Result<GetCreditsResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
