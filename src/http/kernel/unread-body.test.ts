import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { MAX } from '../../core/ground/bounds.ts'

// The server accepts connections until none is waiting. Were all refusals that close their connection answered meanwhile, a sender who
// connects again as fast as it is refused would keep it accepting.

const FLOOD = 300
const MIB = 1_024 * 1_024

let app: TestApp
afterEach(() => app.close())

const pass = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Runs what the server runs before it accepts the next connection. */
async function runMicrotasks(): Promise<void> {
  for (let n = 0; n < 100; n += 1) await Promise.resolve()
}

const REFUSED: [what: string, path: string, key: () => string | null, status: number][] = [
  ['without a credential', '/v2/keys', () => null, 401],
  ['to an unknown address', '/nothing', () => null, 404],
  ['of a known user, too large to be received', '/v2/keys', () => app.rootKey, 413],
]

test.each(REFUSED)(
  'many large bodies at once, %s: few are refused in one pass, all in the next',
  async (_, path, key, status) => {
    app = await testApp()
    const statuses: number[] = []
    const send = async (bearer: string | null) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': `${MIB}`,
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      }
      const request = new Request(`http://127.0.0.1${path}`, { method: 'POST', headers, body: '{' })
      statuses.push((await app.fetch(request, { peerAddress: '203.0.113.1' })).status)
    }
    await send(key())
    await pass()
    statuses.length = 0
    for (let n = 0; n < FLOOD; n += 1) {
      void send(key())
      await runMicrotasks()
    }
    process.stdout.write(`${FLOOD} at once: ${statuses.length} refused in the first pass\n`)
    expect(statuses.length).toBeLessThan(FLOOD / 2)
    await pass()
    // Refusals of large bodies wait, each longer than the one before it (late-refusals.ts).
    const { ms, apartMs } = MAX.lateRefusals
    await Bun.sleep(2 * ms + (FLOOD + 1) * apartMs)
    expect(statuses).toEqual(Array.from({ length: FLOOD }, () => status))
  },
)
