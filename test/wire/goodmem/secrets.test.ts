import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../support/app.ts'
import { testSettings } from '../../support/settings.ts'

const open: TestApp[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

test('secrets are minted with the prefix that the settings name for this dialect', async () => {
  const prefixes = { native: 'lk', goodmem: 'gm', openrouter: 'or' }
  const app = await testApp({ settings: testSettings({ prefixes }) })
  open.push(app)
  expect(app.rootKey).toStartWith('gm_')
  const { json } = await app.call('POST', '/v1/apikeys', { body: {} })
  expect(json.rawApiKey).toStartWith('gm_')
  expect(json.apiKeyMetadata.keyPrefix).toBe(json.rawApiKey.slice(0, 8))
})

test('only the response that created a key shows a secret, and none a digest or a mask', async () => {
  const app = await testApp()
  open.push(app)
  const { json } = await app.call('POST', '/v1/apikeys', { body: { labels: { env: 'dev' } } })
  const path = `/v1/apikeys/${json.apiKeyMetadata.apiKeyId}`
  const key = await app.store.findKey({ id: json.apiKeyMetadata.apiKeyId }, app.clock.now())
  const hidden = [json.rawApiKey, key?.hash ?? '', key?.secrets[0].mask ?? '']
  expect(hidden.every((text) => text.length > 8)).toBe(true)
  const answers = [
    await app.call('GET', path),
    await app.call('GET', '/v1/apikeys'),
    await app.call('PUT', path, { body: { status: 'INACTIVE' } }),
    await app.call('POST', '/v1/apikeys', { body: { apiKeyId: json.apiKeyMetadata.apiKeyId } }),
    await app.call('GET', '/v1/users/me', { key: json.rawApiKey }),
    await app.call('DELETE', path),
  ]
  for (const { text, headers } of answers) {
    const everything = `${text} ${JSON.stringify([...headers])}`
    expect(hidden.filter((secret) => everything.includes(secret))).toEqual([])
  }
})
