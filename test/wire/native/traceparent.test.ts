import { expect, test } from 'bun:test'
import { nativeApp } from './native-app.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** What was sent as `traceparent`, and what the answer repeats of it. */
const SENT: [string, string | null][] = [
  [TRACE, TRACE],
  [TRACE.replace(/01$/, '00'), TRACE.replace(/01$/, '00')],
  // Of a later version the members that every version has.
  [`${TRACE.replace(/^00/, '01')}-more`, TRACE.replace(/^00/, '01')],
  [`${TRACE}-more`, null],
  [TRACE.toUpperCase(), null],
  [TRACE.replace(/^00/, 'ff'), null],
  [TRACE.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)), null],
  [TRACE.replace('b7ad6b7169203331', '0'.repeat(16)), null],
  [TRACE.slice(0, -1), null],
  ['', null],
  ['x'.repeat(5_000), null],
  [`${TRACE}, ${TRACE}`, null],
]

test('an answer continues the trace of its request, whoever answers and whatever it says', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeKey({ permissions: ['documents.read'] })
  const sized = (body: object) => ({ 'content-length': `${JSON.stringify(body).length}` })
  const [valid, unusual, wrong] = [{ key: secret }, { key: secret, atLeast: 1 }, { key: 7 }]
  const statuses = new Set<number>()
  for (const [traceparent, repeated] of [...SENT, [null, null] as const]) {
    const headers: Record<string, string> = traceparent === null ? {} : { traceparent }
    const answers = [
      await app.call('POST', '/v2/verify', { body: valid, headers: { ...headers, ...sized(valid) } }),
      await app.call('POST', '/v2/verify', { body: unusual, headers: { ...headers, ...sized(unusual) } }),
      await app.call('POST', '/v2/verify', { body: wrong, headers: { ...headers, ...sized(wrong) } }),
      await app.call('GET', '/v2/authorize', { key: secret, headers }),
      await app.call('GET', '/v2/authorize?permission=admin', { key: secret, headers }),
      await app.call('GET', '/v2/authorize', { key: null, headers }),
      await app.call('GET', '/v2/keys', { headers }),
      await app.call('GET', '/v1/apikeys', { headers }),
      await app.call('GET', '/nowhere', { headers }),
    ]
    for (const answer of answers) {
      statuses.add(answer.status)
      expect([traceparent, answer.status, answer.headers.get('traceparent')]).toEqual([
        traceparent,
        answer.status,
        repeated,
      ])
    }
  }
  expect([...statuses].sort()).toEqual([200, 400, 401, 403, 404])
})
