import { type Listener, listen } from '../../../../src/http/kernel/server.ts'
import { type TestApp, testApp } from '../../../../test/support/app.ts'

/** The real server on a real socket, with an empty database and a clock that stands still. */
export interface Served {
  app: TestApp
  url: string
  listener: Listener
}

/** Starts one. Shut it at the end of the test. */
export async function serve(): Promise<Served> {
  const app = await testApp()
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
  return { app, url: listener.url, listener }
}

/** Closes the socket, then the application. */
export async function shut({ app, listener }: Served): Promise<void> {
  await listener.stop(1_000)
  await app.close()
}
