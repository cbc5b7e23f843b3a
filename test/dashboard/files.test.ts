import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import { buildDashboard } from '../../scripts/dashboard-build.ts'
import { BUILT } from '../../src/http/dashboard/built.gen.ts'
import { type BuiltFile, PAGES } from '../../src/http/dashboard/files.ts'
import { type TestApp, testApp } from '../support/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const textOf = ({ gzip }: BuiltFile) => gunzipSync(Buffer.from(gzip, 'base64')).toString()
const get = (path: string, headers: Record<string, string> = {}) =>
  app.fetch(new Request(`http://127.0.0.1${path}`, { headers }), { peerAddress: '127.0.0.1' })

test('the served files are built from the present sources: npm run dashboard', async () => {
  const fresh = await buildDashboard()
  const shown = ({ page, files }: typeof fresh) => [page, ...files].map((file) => [file.name, textOf(file)])
  expect(shown(fresh).map(([name]) => name)).toEqual(shown(BUILT).map(([name]) => name))
  expect(shown(fresh)).toEqual(shown(BUILT))
})

test('all files together are at most 200 kB packed', () => {
  const bytes = [BUILT.page, ...BUILT.files].reduce(
    (sum, { gzip }) => sum + Buffer.from(gzip, 'base64').length,
    0,
  )
  process.stderr.write(`The dashboard is ${(bytes / 1000).toFixed(1)} kB packed.\n`)
  expect(bytes).toBeLessThanOrEqual(200_000)
})

/** Each word counts: without one of them, another page could frame this one, for example. */
const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  vary: 'accept-encoding',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
}

test.each(PAGES.map((path) => [path]))(
  '%s returns the page with a policy that permits nothing else',
  async (path) => {
    const page = path.replaceAll(/\{\w+\}/g, 'x')
    const answer = await get(page)
    const { etag = '', 'x-request-id': _, ...headers } = Object.fromEntries(answer.headers)
    expect([answer.status, headers]).toEqual([
      200,
      { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' },
    ])
    const unchanged = await get(page, { 'if-none-match': etag })
    expect([unchanged.status, Object.fromEntries(unchanged.headers)]).toMatchObject([304, PAGE_HEADERS])
    const html = await answer.text()
    expect(html).not.toMatch(
      /<style|<script(?! type="module" src="\/dashboard\/)| style=| on\w+=|https?:\/\//,
    )
  },
)

test('its files may be cached for ever, are packed for browsers that accept it, and are named by their contents', async () => {
  for (const file of BUILT.files) {
    const path = `/dashboard/${file.name}`
    const plain = await get(path)
    expect([plain.status, plain.headers.get('content-encoding')]).toEqual([200, null])
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(await plain.text()).toBe(textOf(file))
    const refused = await get(path, { 'accept-encoding': 'br, gzip;q=0' })
    expect(refused.headers.get('content-encoding')).toBeNull()
    expect(await refused.text()).toBe(textOf(file))
    const packed = await get(path, { 'accept-encoding': 'br, gzip' })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(textOf(file))
    const again = await get(path, { 'if-none-match': packed.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
  }
  expect((await get('/dashboard/app.js')).status).toBe(404)
})

test('no part of it is loaded from elsewhere', () => {
  for (const file of BUILT.files) {
    const addresses = textOf(file).match(/https?:\/\/[\w.-]+/g) ?? []
    const foreign = addresses.filter(
      (address) => !/^https?:\/\/(www\.w3\.org|127\.0\.0\.1|keys\.example\.com)$/.test(address),
    )
    expect(foreign.filter((address) => !/tanstack|localhost/.test(address))).toEqual([])
  }
})
