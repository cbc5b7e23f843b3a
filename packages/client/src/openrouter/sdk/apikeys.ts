import { apiKeysCreate } from '../funcs/apiKeysCreate.ts'
import { apiKeysDelete } from '../funcs/apiKeysDelete.ts'
import { apiKeysGet } from '../funcs/apiKeysGet.ts'
import { apiKeysGetCurrentKeyMetadata } from '../funcs/apiKeysGetCurrentKeyMetadata.ts'
import { apiKeysList } from '../funcs/apiKeysList.ts'
import { apiKeysUpdate } from '../funcs/apiKeysUpdate.ts'
import { ClientSDK, type RequestOptions } from '../lib/sdks.ts'
import type * as operations from '../models/operations.ts'
import { unwrapAsync } from '../types/fp.ts'

/** The keys. Every method rejects with an error of `models/errors`. */
export class APIKeys extends ClientSDK {
  /** Reads the key that the call is made with. */
  getCurrentKeyMetadata(
    request?: operations.GetCurrentKeyRequest,
    options?: RequestOptions,
  ): Promise<operations.GetCurrentKeyResponse> {
    return unwrapAsync(apiKeysGetCurrentKeyMetadata(this, request, options))
  }

  /** Lists the keys of a workspace, the newest first, at most 100 of them from `offset` on. */
  list(request?: operations.ListRequest, options?: RequestOptions): Promise<operations.ListResponse> {
    return unwrapAsync(apiKeysList(this, request, options))
  }

  /** Makes a key. Its text is in the answer and never shown again. */
  create(
    request: operations.CreateKeysRequest,
    options?: RequestOptions,
  ): Promise<operations.CreateKeysResponse> {
    return unwrapAsync(apiKeysCreate(this, request, options))
  }

  /** Deletes a key; it works for nobody from then on. */
  delete(
    request: operations.DeleteKeysRequest,
    options?: RequestOptions,
  ): Promise<operations.DeleteKeysResponse> {
    return unwrapAsync(apiKeysDelete(this, request, options))
  }

  /** Reads one key. */
  get(request: operations.GetKeyRequest, options?: RequestOptions): Promise<operations.GetKeyResponse> {
    return unwrapAsync(apiKeysGet(this, request, options))
  }

  /** Changes the members that are given; null clears one. */
  update(
    request: operations.UpdateKeysRequest,
    options?: RequestOptions,
  ): Promise<operations.UpdateKeysResponse> {
    return unwrapAsync(apiKeysUpdate(this, request, options))
  }
}
