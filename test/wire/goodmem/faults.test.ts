import { afterEach, describe, expect, test } from 'bun:test'
import { Fault } from '../../../src/core/ground/faults.ts'
import { renderFault } from '../../../src/http/goodmem/errors.ts'
import { requestError } from '../../../src/http/kernel/places.ts'
import { FAULT_TEXTS } from '../../../src/http/kernel/request-faults.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { FAILURE_CODES, failureOf } from '../../support/failures.ts'

const AT = 1_795_348_800_000

const open: TestApp[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

/** An application whose store fails in the given way whenever a key is made. */
async function failing(error: Error): Promise<TestApp> {
  const store = await openStore('sqlite::memory:')
  const createKey: Store['createKey'] = () => Promise.reject(error)
  const app = await testApp({ store: { ...store, createKey } })
  open.push(app)
  return app
}

describe('every fault', () => {
  test.each(FAILURE_CODES)('%s has a status that says whose fault it is, and a body with a text', (code) => {
    const { status, body, contentType } = renderFault(failureOf(code), { at: AT })
    expect([400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 429, 500, 503]).toContain(status)
    expect(contentType).toBe('application/json')
    expect(body).toMatchObject({ error: expect.stringMatching(/./) })
    const members = code === 'body_malformed' ? ['error'] : ['error', 'status', 'timestamp']
    expect(Object.keys(body as object)).toEqual(members)
  })

  test.each(FAILURE_CODES)('%s shows no details that are meant for logs', (code) => {
    const fault = failureOf(code, { internal: 'inner-matter' }, { cause: new Error('inner-matter') })
    expect(JSON.stringify(renderFault(fault, { at: AT }))).not.toContain('inner-matter')
  })
})

describe('faults of the input', () => {
  const fieldAt = (pointer: string) => {
    const fault = new Fault('input_invalid', { errors: [requestError(pointer, 'wrong')] })
    return renderFault(fault, { at: AT }).body
  }

  test.each([
    ['/spaceEmbedders/0/embedderId', 'spaceEmbedders[0].embedderId'],
    ['/labels/a~1b~0c', 'labels.a/b~c'],
    ['/expiresAt', 'expiresAt'],
    ['query:maxResults', 'maxResults'],
  ])('at %s are named %s', (pointer, field) => {
    expect(fieldAt(pointer)).toEqual({
      error: `${field}: wrong`,
      status: 400,
      timestamp: AT,
      errors: [{ field, message: 'wrong' }],
    })
  })

  test('of several members are all named, in both formats', () => {
    const errors = [
      { place: ['a'], message: 'no' },
      { place: ['b'], message: 'nor this' },
    ]
    expect(renderFault(new Fault('input_invalid', { errors }), { at: AT }).body).toMatchObject({
      error: 'a: no; b: nor this',
      errors: [
        { field: 'a', message: 'no' },
        { field: 'b', message: 'nor this' },
      ],
    })
  })
})

test('an unreachable database gets 503 and the time to retry', async () => {
  const app = await failing(new Fault('store_unavailable', { internal: 'connect ECONNREFUSED 10.1.2.3' }))
  const { status, headers, json, text } = await app.call('POST', '/v1/apikeys', { body: {} })
  expect([status, headers.get('retry-after'), headers.get('content-type')]).toEqual([
    503,
    '1',
    'application/json',
  ])
  expect(json).toEqual({ error: FAULT_TEXTS.store_unavailable, status: 503, timestamp: app.clock.now() })
  expect(text).not.toContain('10.1.2.3')
  expect(app.errors).toHaveLength(1)
})

test('an internal fault gets 500 with one fixed text, and is reported', async () => {
  const cause = new Error('SQLITE_CORRUPT: database disk image is malformed')
  const app = await failing(cause)
  const { status, json, headers } = await app.call('POST', '/v1/apikeys', { body: {} })
  expect([status, headers.get('content-type')]).toEqual([500, 'application/json'])
  const error = 'Unexpected error while processing request.'
  expect(json).toEqual({ error, status: 500, timestamp: app.clock.now() })
  expect(app.errors).toEqual([cause])
})

test('the waiting time of a refusal is whole seconds, rounded up', () => {
  const wait = (retryAfterMs: number) =>
    renderFault(new Fault('rate_limited', { retryAfterMs }), { at: AT }).headers
  expect(wait(1)).toEqual({ 'retry-after': '1' })
  expect(wait(59_001)).toEqual({ 'retry-after': '60' })
})
