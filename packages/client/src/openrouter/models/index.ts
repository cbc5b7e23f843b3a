import type { ErrorDetail } from './errors.ts'

/** The usage of one model at one endpoint on one day. */
export interface ActivityItem {
  /** The cost that was paid elsewhere, in USD. */
  byokUsageInference: number
  /** Tokens that were made. */
  completionTokens: number
  /** The UTC day: `2026-08-24`. */
  date: string
  /** The id of the endpoint; empty if it was not reported. */
  endpointId: string
  /** The name of the model; empty if it was not reported. */
  model: string
  /** The version of the model; empty if it was not reported. */
  modelPermaslug: string
  /** Tokens that were read. */
  promptTokens: number
  /** The provider of the endpoint; empty if it was not reported. */
  providerName: string
  /** Tokens that were thought. */
  reasoningTokens: number
  /** The number of requests. */
  requests: number
  /** The cost, in USD. */
  usage: number
  /** Present if `groupBy` asks for it. */
  workspaceId?: string | undefined
}

/** The usage. */
export interface ActivityResponse {
  /** One item per day, model and endpoint. */
  data: ActivityItem[]
}

/** The daily allowance of requests to free models. */
export interface FreeModelDailyRequests {
  /** In a day. */
  limit: number
  /** Left of them. */
  remaining: number
  /** Made of them. */
  used: number
}

/** The body of a 400. */
export type BadRequestResponseErrorData = ErrorDetail
/** The body of a 401. */
export type UnauthorizedResponseErrorData = ErrorDetail
/** The body of a 402. */
export type PaymentRequiredResponseErrorData = ErrorDetail
/** The body of a 403. */
export type ForbiddenResponseErrorData = ErrorDetail
/** The body of a 404. */
export type NotFoundResponseErrorData = ErrorDetail
/** The body of a 408. */
export type RequestTimeoutResponseErrorData = ErrorDetail
/** The body of a 409. */
export type ConflictResponseErrorData = ErrorDetail
/** The body of a 410. */
export type GoneResponseErrorData = ErrorDetail
/** The body of a 413. */
export type PayloadTooLargeResponseErrorData = ErrorDetail
/** The body of a 422. */
export type UnprocessableEntityResponseErrorData = ErrorDetail
/** The body of a 429. */
export type TooManyRequestsResponseErrorData = ErrorDetail
/** The body of a 500. */
export type InternalServerResponseErrorData = ErrorDetail
/** The body of a 502. */
export type BadGatewayResponseErrorData = ErrorDetail
/** The body of a 503. */
export type ServiceUnavailableResponseErrorData = ErrorDetail
/** The body of a 504. */
export type GatewayTimeoutResponseErrorData = ErrorDetail
/** The body of a 524. */
export type EdgeNetworkTimeoutResponseErrorData = ErrorDetail
/** The body of a 529. */
export type ProviderOverloadedResponseErrorData = ErrorDetail
