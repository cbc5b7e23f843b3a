import { analyticsGetUserActivity } from '../funcs/analyticsGetUserActivity.ts'
import { ClientSDK, type RequestOptions } from '../lib/sdks.ts'
import type { ActivityResponse } from '../models/index.ts'
import type * as operations from '../models/operations.ts'
import { unwrapAsync } from '../types/fp.ts'

/** Reads usage. Every method rejects with an error of `models/errors`. */
export class Analytics extends ClientSDK {
  /** Reads the usage of the last 30 completed UTC days, by day, model and endpoint. Needs a management key. */
  getUserActivity(
    request?: operations.GetUserActivityRequest,
    options?: RequestOptions,
  ): Promise<ActivityResponse> {
    return unwrapAsync(analyticsGetUserActivity(this, request, options))
  }
}
