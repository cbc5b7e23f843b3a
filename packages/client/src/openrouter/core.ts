import { ClientSDK } from './lib/sdks.ts'

/** The smallest client, for the standalone functions. */
export class OpenRouterCore extends ClientSDK {}
