import { ClientSDK } from '../lib/sdks.ts'
import { APIKeys } from './apikeys.ts'

/** A client for the OpenRouter dialect of a server. */
export class OpenRouter extends ClientSDK {
  #apiKeys?: APIKeys | undefined

  /** The keys. */
  get apiKeys(): APIKeys {
    this.#apiKeys ??= new APIKeys(this._options)
    return this.#apiKeys
  }
}
