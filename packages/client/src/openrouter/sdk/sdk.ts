import { ClientSDK } from '../lib/sdks.ts'
import { Analytics } from './analytics.ts'
import { APIKeys } from './apikeys.ts'
import { Credits } from './credits.ts'

/** A client for the OpenRouter dialect of a server. */
export class OpenRouter extends ClientSDK {
  #analytics?: Analytics | undefined
  #apiKeys?: APIKeys | undefined
  #credits?: Credits | undefined

  /** The usage. */
  get analytics(): Analytics {
    this.#analytics ??= new Analytics(this._options)
    return this.#analytics
  }

  /** The keys. */
  get apiKeys(): APIKeys {
    this.#apiKeys ??= new APIKeys(this._options)
    return this.#apiKeys
  }

  /** The money. */
  get credits(): Credits {
    this.#credits ??= new Credits(this._options)
    return this.#credits
  }
}
