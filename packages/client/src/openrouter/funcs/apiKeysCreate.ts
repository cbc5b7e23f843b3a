import type { OpenRouterCore } from '../core.ts'
import { type CallError, call, type Operation } from '../lib/call.ts'
import { GLOBALS, KEY_DATA } from '../lib/key-data.ts'
import { dateOut, flag, incoming, nullable, number, optional, outgoing, text } from '../lib/schema.ts'
import type { RequestOptions } from '../lib/sdks.ts'
import {
  BadRequestResponseError,
  ForbiddenResponseError,
  InternalServerResponseError,
  TooManyRequestsResponseError,
  UnauthorizedResponseError,
} from '../models/errors.ts'
import type {
  CreateKeysRequest,
  CreateKeysRequestBody,
  CreateKeysResponse,
  External,
} from '../models/operations.ts'
import type { APIPromise } from '../types/async.ts'
import type { Result } from '../types/fp.ts'

const OPERATION: Operation<CreateKeysResponse> = {
  method: 'POST',
  path: '/keys',
  request: /* @__PURE__ */ outgoing<CreateKeysRequest>({
    ...GLOBALS,
    requestBody: /* @__PURE__ */ outgoing<CreateKeysRequestBody>({
      creatorUserId: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(text)),
      expiresAt: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(dateOut)),
      external: /* @__PURE__ */ optional(
        /* @__PURE__ */ outgoing<External>({ apiKey: /* @__PURE__ */ optional(text), user: text }),
      ),
      includeByokInLimit: /* @__PURE__ */ optional(flag),
      limit: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(number)),
      limitReset: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(text)),
      name: text,
      workspaceId: /* @__PURE__ */ optional(text),
    }),
  }),
  success: 201,
  response: /* @__PURE__ */ incoming<CreateKeysResponse>({ data: KEY_DATA, key: text }),
  errors: {
    400: BadRequestResponseError,
    401: UnauthorizedResponseError,
    403: ForbiddenResponseError,
    429: TooManyRequestsResponseError,
    500: InternalServerResponseError,
  },
}

/** Makes a key. Its text is in the answer and never shown again. */
export function apiKeysCreate(
  client: OpenRouterCore,
  request: CreateKeysRequest,
  options?: RequestOptions,
): APIPromise<Result<CreateKeysResponse, CallError>> {
  return call(client, OPERATION, request, options)
}
