import type { ErrorDetail } from './errors.ts'

/** What was used on one day of one model at one endpoint. */
export interface ActivityItem {
  /** What was paid elsewhere, in USD. */
  byokUsageInference: number
  /** Tokens that were made. */
  completionTokens: number
  /** The UTC day: `2026-08-24`. */
  date: string
  /** Names the endpoint; empty where nobody said. */
  endpointId: string
  /** Names the model; empty where nobody said. */
  model: string
  /** Names its version; empty where nobody said. */
  modelPermaslug: string
  /** Tokens that were read. */
  promptTokens: number
  /** Who serves the endpoint; empty where nobody said. */
  providerName: string
  /** Tokens that were thought. */
  reasoningTokens: number
  /** How many requests were made. */
  requests: number
  /** What was paid, in USD. */
  usage: number
  /** Where `groupBy` asks for it. */
  workspaceId?: string | undefined
}

/** What was used. */
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

/** What the server says of a 400. */
export type BadRequestResponseErrorData = ErrorDetail
/** What the server says of a 401. */
export type UnauthorizedResponseErrorData = ErrorDetail
/** What the server says of a 402. */
export type PaymentRequiredResponseErrorData = ErrorDetail
/** What the server says of a 403. */
export type ForbiddenResponseErrorData = ErrorDetail
/** What the server says of a 404. */
export type NotFoundResponseErrorData = ErrorDetail
/** What the server says of a 408. */
export type RequestTimeoutResponseErrorData = ErrorDetail
/** What the server says of a 409. */
export type ConflictResponseErrorData = ErrorDetail
/** What the server says of a 410. */
export type GoneResponseErrorData = ErrorDetail
/** What the server says of a 413. */
export type PayloadTooLargeResponseErrorData = ErrorDetail
/** What the server says of a 422. */
export type UnprocessableEntityResponseErrorData = ErrorDetail
/** What the server says of a 429. */
export type TooManyRequestsResponseErrorData = ErrorDetail
/** What the server says of a 500. */
export type InternalServerResponseErrorData = ErrorDetail
/** What the server says of a 502. */
export type BadGatewayResponseErrorData = ErrorDetail
/** What the server says of a 503. */
export type ServiceUnavailableResponseErrorData = ErrorDetail
/** What the server says of a 504. */
export type GatewayTimeoutResponseErrorData = ErrorDetail
/** What the server says of a 524. */
export type EdgeNetworkTimeoutResponseErrorData = ErrorDetail
/** What the server says of a 529. */
export type ProviderOverloadedResponseErrorData = ErrorDetail
