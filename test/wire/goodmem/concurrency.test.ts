import { afterEach, expect, test } from 'bun:test'
import { type Answer, type TestApp, testApp } from '../../support/app.ts'

// Concurrent requests. Each test prints how many chances it had to fail.

const ROUNDS = 20
const CALLERS = 8

const open: TestApp[] = []

afterEach(async () => {
  for (const app of open.splice(0)) {
    await app.close()
    expect(app.errors).toEqual([])
  }
})

async function opened(options?: Parameters<typeof testApp>[0]): Promise<TestApp> {
  const app = await testApp(options)
  open.push(app)
  return app
}

function together<T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => one(index)))
}

/** Lets everything else in progress take this many steps. */
async function steps(count: number): Promise<void> {
  for (let step = 0; step < count; step += 1) await null
}

function statusesOf(answers: Answer[]): number[] {
  return answers.map(({ status }) => status).sort()
}

test('of callers that choose the same id one creates the key and the others get 409', async () => {
  const app = await opened()
  for (let round = 0; round < ROUNDS; round += 1) {
    const apiKeyId = crypto.randomUUID()
    const answers = await together(CALLERS, () => app.call('POST', '/v1/apikeys', { body: { apiKeyId } }))
    expect(statusesOf(answers)).toEqual([201, ...Array(CALLERS - 1).fill(409)])
    const secrets = answers.filter(({ status }) => status === 201).map(({ json }) => json.rawApiKey)
    const { json } = await app.call('GET', `/v1/apikeys/${apiKeyId}`, { key: secrets[0] })
    expect(json.apiKeyId).toBe(apiKeyId)
  }
  console.info(`  chances: ${ROUNDS} rounds of ${CALLERS} callers`)
})

test('of callers that initialize the system one gets the root key', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const app = await opened({ initialize: false })
    const answers = await together(CALLERS, () => app.call('POST', '/v1/system/init', { key: null }))
    expect(statusesOf(answers)).toEqual(Array(CALLERS).fill(200))
    const winners = answers.filter(({ json }) => json.alreadyInitialized === false)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ json }) => json.rootApiKey !== null)).toEqual(winners)
    const me = await app.call('GET', '/v1/users/me', { key: winners[0]?.json.rootApiKey })
    expect(me.json.userId).toBe(winners[0]?.json.userId)
  }
  console.info(`  chances: ${ROUNDS} rounds of ${CALLERS} callers`)
})

test('a key that is deleted while it is updated stays deleted', async () => {
  const app = await opened()
  let before = 0
  let after = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const { json } = await app.call('POST', '/v1/apikeys', { body: {} })
    const path = `/v1/apikeys/${json.apiKeyMetadata.apiKeyId}`
    const update = async (index: number) => {
      await steps(index * 3)
      return app.call('PUT', path, { body: { status: 'ACTIVE', mergeLabels: { [`by-${index}`]: 'x' } } })
    }
    const updating = together(CALLERS, update)
    // The deletion begins while the updates run, in each round a few steps later.
    await steps(round * 2)
    const deleted = await app.call('DELETE', path)
    const statuses = statusesOf(await updating)
    expect(deleted.status).toBe(204)
    expect(statuses.filter((status) => status !== 200 && status !== 404)).toEqual([])
    before += statuses.filter((status) => status === 200).length
    after += statuses.filter((status) => status === 404).length
    expect((await app.call('GET', path)).status).toBe(404)
    expect((await app.call('GET', '/v1/users/me', { key: json.rawApiKey })).status).toBe(401)
  }
  console.info(`  chances: ${before} updates came before the deletion, ${after} after it`)
  expect(Math.min(before, after)).toBeGreaterThan(0)
})

test('of callers that delete the same key one gets 204 and the others 404', async () => {
  const app = await opened()
  for (let round = 0; round < ROUNDS; round += 1) {
    const { json } = await app.call('POST', '/v1/apikeys', { body: {} })
    const path = `/v1/apikeys/${json.apiKeyMetadata.apiKeyId}`
    const answers = await together(CALLERS, () => app.call('DELETE', path))
    expect(statusesOf(answers)).toEqual([204, ...Array(CALLERS - 1).fill(404)])
  }
  console.info(`  chances: ${ROUNDS} rounds of ${CALLERS} callers`)
})

test('labels that are merged concurrently are all kept', async () => {
  const app = await opened()
  for (let round = 0; round < ROUNDS; round += 1) {
    const { json } = await app.call('POST', '/v1/apikeys', { body: {} })
    const path = `/v1/apikeys/${json.apiKeyMetadata.apiKeyId}`
    const merge = (index: number) =>
      app.call('PUT', path, { body: { mergeLabels: { [`by-${index}`]: 'x' } } })
    expect(statusesOf(await together(CALLERS, merge))).toEqual(Array(CALLERS).fill(200))
    const { json: key } = await app.call('GET', path)
    expect(Object.keys(key.labels)).toHaveLength(CALLERS)
  }
  console.info(`  chances: ${ROUNDS} rounds of ${CALLERS} callers`)
})
