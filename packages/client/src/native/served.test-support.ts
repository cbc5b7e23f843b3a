import { afterEach, beforeEach, expect } from 'bun:test'
import { type Listener, listen } from '../../../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../../../../test/support/app.ts'
import { Latchkey, type LatchkeyApiError, LatchkeyError, type LatchkeyOptions } from '../index.ts'

/** A server in this process, with a client of it. */
export interface Served {
  app: TestApp
  listener: Listener
  latchkey: Latchkey
  /** Another client of it. */
  client(options?: LatchkeyOptions): Latchkey
}

/** Serves every test of the file that calls it by a server of its own. */
export function servedEach(): Served {
  const client = (options: LatchkeyOptions = {}) =>
    new Latchkey({
      baseUrl: served.listener.url,
      apiKey: served.app.rootKey,
      retry: { initialMs: 1, maxMs: 10 },
      ...options,
    })
  const served = { client } as Served
  beforeEach(async () => {
    served.app = await testApp()
    served.listener = listen({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeoutMs: 5_000,
      fetch: served.app.fetch,
    })
    served.latchkey = client()
  })
  afterEach(async () => {
    await served.listener.stop(1_000)
    await served.app.close()
  })
  return served
}

/** How a call fails. */
export async function refusal(call: Promise<unknown>): Promise<LatchkeyApiError> {
  try {
    await call
  } catch (error) {
    expect(error).toBeInstanceOf(LatchkeyError)
    return error as LatchkeyApiError
  }
  throw new Error('The call was not refused.')
}
