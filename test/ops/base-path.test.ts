import { describe, expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import { BUILT } from '../../src/http/dashboard/built.gen.ts'
import { builtBelow } from '../../src/http/dashboard/files.ts'
import { testApp } from '../support/app.ts'

describe('LATCHKEY_PUBLIC_URL', () => {
  test('every address of the server itself that it sends is below the path', async () => {
    const app = await testApp({ publicUrl: 'https://example.com/a/b' })
    const document = (await app.call('GET', '/openapi.json', { key: null })).json
    expect(document.servers).toEqual([{ url: 'https://example.com/a/b' }])
    const locations: string[] = []
    const bodies = {
      keys: {},
      workspaces: { name: 'A', slug: 'a' },
      users: { username: 'b', displayName: 'B' },
    }
    for (const [kind, body] of Object.entries(bodies))
      locations.push((await app.call('POST', `/v2/${kind}`, { body })).headers.get('location') ?? '')
    const { secret } = (await app.call('POST', '/v2/keys', { body: {} })).json
    const hold = await app.call('POST', '/v2/reservations', { body: { key: secret, amount: '1' } })
    locations.push(hold.headers.get('location') ?? '')
    for (const location of locations) expect(location).toStartWith('/a/b/v2/')
    expect(new Set(locations).size).toBe(4)
    for (const path of ['/', '/docs']) {
      const { text } = await app.call('GET', path, { key: null })
      const links = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link)
      expect(links.filter((link) => !link.startsWith('#') && !link.startsWith('/a/b/'))).toEqual([])
      expect(links.length).toBeGreaterThan(2)
    }
    await app.close()
  })

  test('without a dashboard, too', async () => {
    const app = await testApp({ publicUrl: 'https://example.com/a', dashboard: null })
    expect((await app.call('GET', '/', { key: null })).headers.get('location')).toBe('/a/docs')
    await app.close()
  })

  test('without a path nothing is added, and the page stays as it was built', async () => {
    const app = await testApp({ publicUrl: 'https://example.com' })
    expect((await app.call('POST', '/v2/keys', { body: {} })).headers.get('location')).toStartWith(
      '/v2/keys/',
    )
    await app.close()
    expect(builtBelow(BUILT, '')).toBe(BUILT)
    const html = gunzipSync(Buffer.from(builtBelow(BUILT, '/a').page.gzip, 'base64')).toString()
    expect(html.match(/="\/a\//g)?.length).toBe(4)
  })
})
