import type { ErrorDetail } from './errors.ts'

/** The daily allowance of requests to free models. */
export interface FreeModelDailyRequests {
  limit: number
  remaining: number
  used: number
}

/** What the server says of an error, under the names that it has per status. */
export type BadRequestResponseErrorData = ErrorDetail
export type UnauthorizedResponseErrorData = ErrorDetail
export type PaymentRequiredResponseErrorData = ErrorDetail
export type ForbiddenResponseErrorData = ErrorDetail
export type NotFoundResponseErrorData = ErrorDetail
export type RequestTimeoutResponseErrorData = ErrorDetail
export type ConflictResponseErrorData = ErrorDetail
export type GoneResponseErrorData = ErrorDetail
export type PayloadTooLargeResponseErrorData = ErrorDetail
export type UnprocessableEntityResponseErrorData = ErrorDetail
export type TooManyRequestsResponseErrorData = ErrorDetail
export type InternalServerResponseErrorData = ErrorDetail
export type BadGatewayResponseErrorData = ErrorDetail
export type ServiceUnavailableResponseErrorData = ErrorDetail
export type GatewayTimeoutResponseErrorData = ErrorDetail
export type EdgeNetworkTimeoutResponseErrorData = ErrorDetail
export type ProviderOverloadedResponseErrorData = ErrorDetail
