import { creditsGetCredits } from '../funcs/creditsGetCredits.ts'
import { ClientSDK, type RequestOptions } from '../lib/sdks.ts'
import type * as operations from '../models/operations.ts'
import { unwrapAsync } from '../types/fp.ts'

/** The money. Every method rejects with an error of `models/errors`. */
export class Credits extends ClientSDK {
  /** Reads how much money there is and how much was used, in USD. Needs a management key. */
  getCredits(
    request?: operations.GetCreditsRequest,
    options?: RequestOptions,
  ): Promise<operations.GetCreditsResponse> {
    return unwrapAsync(creditsGetCredits(this, request, options))
  }
}
