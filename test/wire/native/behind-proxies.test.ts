import { describe, expect, test } from 'bun:test'
import { failure, nativeApp } from './native-app.ts'

const PROXY = { trustedProxies: ['127.0.0.1'], failedAuthRate: { limit: 2, windowMs: 60_000 } }

const HEADERS = [
  ['x-forwarded-for', 'x-forwarded-for', '203.0.113.9:50123', '198.51.100.4:50123'],
  ['forwarded', 'forwarded', 'for="203.0.113.9:50123";proto=https', 'for="198.51.100.4:50123"'],
  ['x-real-ip', 'x-real-ip', '203.0.113.9', '198.51.100.4'],
] as const

describe.each(HEADERS)('behind a proxy that writes %s', (clientAddressHeader, name, own, other) => {
  test('address lists admit the client, and each client has a failure counter of its own', async () => {
    await using app = await nativeApp({ ...PROXY, clientAddressHeader })
    const { secret } = await app.makeKey({ access: 'full', allowedIps: ['203.0.113.0/24'] })
    const list = (key: string, headers: Record<string, string>) =>
      app.call('GET', '/v2/keys', { key, headers })
    expect((await list(secret, { [name]: own })).status).toBe(200)
    expect(failure(await list(secret, { [name]: other }))).toBe('403 address_forbidden')
    expect(failure(await list(secret, {}))).toBe('403 address_forbidden')
    for (const client of [own, own, other, other]) {
      expect(failure(await list('lk_wrong', { [name]: client }))).toBe('401 credential_invalid')
    }
    expect(failure(await list('lk_wrong', { [name]: own }))).toBe('429 authentication_rate_limited')
    expect((await list(secret, { [name]: own })).status).toBe(200)
  })

  test('an address in another header, or without a trusted proxy, is not trusted', async () => {
    await using app = await nativeApp({ ...PROXY, clientAddressHeader })
    const { secret } = await app.makeKey({ access: 'full', allowedIps: ['203.0.113.0/24'] })
    for (const [, elsewhere, claimed] of HEADERS.filter(([, header]) => header !== name)) {
      const headers = { [elsewhere]: claimed, [name]: other }
      const answer = await app.call('GET', '/v2/keys', { key: secret, headers })
      expect(failure(answer)).toBe('403 address_forbidden')
    }
    const direct = { key: secret, headers: { [name]: own }, peerAddress: '192.0.2.1' }
    expect(failure(await app.call('GET', '/v2/keys', direct))).toBe('403 address_forbidden')
  })
})
