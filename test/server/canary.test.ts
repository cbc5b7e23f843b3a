import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, temporaryFolder } from '../support/server.ts'

// A secret's text is in the answer that made it and nowhere else: not in logs, database, write-ahead log, audit, metrics, documents or
// error bodies, wherever a careless caller puts it.

const WINDOW_CHARS = 8

test('only the mask of a secret appears in outputs, wherever callers put the secret', async () => {
  const folder = temporaryFolder()
  const settings = { LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'k.db')}`, LATCHKEY_LOG_LEVEL: 'debug' }
  const server = await startServer(settings)
  const seen: string[] = []
  const root = { authorization: `Bearer ${server.rootKey}` }
  const send = async (
    method: string,
    path: string,
    options: { headers?: Record<string, string>; body?: unknown } = {},
  ) => {
    const { headers = root, body } = options
    const json = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const sent = { 'content-type': 'application/json', ...headers }
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: sent,
      redirect: 'manual',
      ...json,
    })
    return { status: response.status, text: await response.text() }
  }
  const see = async (...request: Parameters<typeof send>) => {
    const { text, status } = await send(...request)
    seen.push(text)
    return status
  }

  const native = JSON.parse(
    (await send('POST', '/v2/keys', { body: { name: 'canary', access: 'full' } })).text,
  )
  const openrouter = JSON.parse((await send('POST', '/api/v1/keys', { body: { name: 'canary' } })).text)
  const goodmem = JSON.parse((await send('POST', '/v1/apikeys', { body: { labels: { a: 'b' } } })).text)
  const rotated = JSON.parse(
    (await send('POST', `/v2/keys/${native.key.id}/rotate`, { body: { overlap: '1h' } })).text,
  )
  const secrets: string[] = [server.rootKey, native.secret, openrouter.key, goodmem.rawApiKey, rotated.secret]
  expect(secrets.every((secret) => /^lk_[0-9A-Za-z]{49}$/.test(secret))).toBe(true)

  for (const secret of secrets) {
    const typo = `${secret.slice(0, -1)}_`
    const own = { authorization: `Bearer ${secret}` }
    await see('GET', '/v2/keys', { headers: own })
    await see('GET', '/api/v1/key', { headers: { 'x-api-key': secret } })
    await see('GET', '/v2/keys', { headers: { ...own, 'x-api-key': server.rootKey } })
    await see('GET', '/v2/keys', { headers: { authorization: `Basic ${secret}` } })
    await see('GET', `/v2/keys?search=${secret}&cursor=${secret}&limit=${secret}`)
    for (const path of ['/v2/keys', '/v2/users', '/v1/apikeys', '/api/v1/keys', '/nowhere']) {
      await see('GET', `${path}/${secret}`)
      await see('DELETE', `${path}/${secret}`, { headers: own })
      await see('PATCH', `${path}/${secret}`, {
        headers: { 'x-api-key': openrouter.key },
        body: { name: 'x' },
      })
    }
    await see('POST', '/v2/verify', { body: { key: secret, permissions: 'a and (b' } })
    await see('POST', '/v2/verify', { body: { key: secret, permissions: secret } })
    await see('POST', '/v2/verify', { body: { key: secret, [secret]: secret, ip: secret } })
    await see('POST', '/v2/verify', { body: { key: typo } })
    await see('POST', '/v2/verify', { body: `{"key":"${secret}"` })
    await see('POST', '/v2/usage', {
      body: { events: [{ id: 'e', keyId: secret, hash: secret, amount: secret }] },
    })
    await see('POST', '/v2/users', { body: { username: 'n', email: secret, role: secret } })
    await see('POST', '/api/v1/keys', { body: { name: '', limit: secret, expires_at: secret } })
    await see('PUT', `/v1/apikeys/${goodmem.apiKeyMetadata.apiKeyId}`, { body: { status: secret } })
    await see('GET', '/livez', { headers: { 'x-request-id': secret, 'x-forwarded-for': secret } })
  }
  for (const path of [
    '/v2/audit?limit=100',
    '/v2/keys',
    '/v1/apikeys',
    '/api/v1/keys',
    '/metrics',
    '/openapi.json',
    '/docs',
  ]) {
    expect(await see('GET', path)).toBe(200)
  }
  const files = readdirSync(folder)
  expect(files).toContain('k.db-wal')
  const atRest = files.map((file) => readFileSync(join(folder, file), 'latin1'))
  await server.end('SIGTERM')
  // The start prints the root key once, for the operator.
  const logged = server.output().replace(server.rootKey, '')
  const haystack = [...seen, ...atRest, readFileSync(join(folder, 'k.db'), 'latin1'), logged].join('\n')
  const leaks = secrets.flatMap((secret) => windows(secret).filter((window) => haystack.includes(window)))
  process.stdout.write(
    `canary: ${secrets.length} secrets, ${seen.length} answers, ${haystack.length} characters searched\n`,
  )
  expect(leaks).toEqual([])
  expect(haystack).toContain('"msg":"request"')
})

/** Every part of the secret that would help to guess it; a mask and a key prefix show shorter ones. */
function windows(secret: string): string[] {
  const part = secret.slice(3)
  return Array.from({ length: part.length - WINDOW_CHARS + 1 }, (_, index) =>
    part.slice(index, index + WINDOW_CHARS),
  )
}
