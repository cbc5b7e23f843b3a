import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openStore } from '../../src/store/open.ts'
import { chromiumPath } from '../client/browser.ts'
import { fillKeys } from '../scale/fill-keys.ts'
import { temporaryFolder } from '../support/server.ts'
import { type Bench, overflow, settled, startBench } from './browser-bench.ts'

// The pages over 100,000 keys: a page of them is read and shown, never all.

const KEYS = 100_000
/** More than a page of keys with its owners and workspaces takes; all keys would take a hundred megabytes. */
const MOST_BYTES = 400_000

const executablePath = chromiumPath()
let bench: Bench
let page: Page
let largest = { bytes: 0, path: '' }

beforeAll(async () => {
  if (executablePath === null) return
  const path = join(temporaryFolder(), 'latchkey.db')
  const databaseUrl = `sqlite:${path}`
  await (await openStore(databaseUrl)).close()
  fillKeys(path, { keys: KEYS, at: Date.now() })
  const reset = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts'), 'reset-root'], {
    env: { PATH: process.env.PATH ?? '', LATCHKEY_DATABASE_URL: databaseUrl },
    stderr: 'inherit',
  })
  const key = (await new Response(reset.stdout).text()).trim()
  bench = await startBench(executablePath, databaseUrl)
  page = await bench.signedIn('/', { key })
  page.on('response', async (response) => {
    const body = await response.body().catch(() => null)
    const { pathname } = new URL(response.url())
    const bytes = pathname.startsWith('/v2/') ? (body?.length ?? 0) : 0
    if (bytes > largest.bytes) largest = { bytes, path: pathname }
  })
}, 120_000)
afterAll(async () => {
  if (executablePath !== null) await bench.stop()
}, 60_000)

const rows = () => page.locator('tbody tr')
const firstName = async () => (await rows().first().getByRole('link').first().textContent()) ?? ''

test.skipIf(executablePath === null)(
  'every page of the dashboard shows a part of 100,000 keys, and the way to the others',
  async () => {
    const took: Record<string, number> = {}
    const timed = async (what: string, work: () => Promise<unknown>) => {
      const begun = performance.now()
      await work()
      took[what] = Math.round(performance.now() - begun)
    }
    const open = (address: string) => async () => {
      await page.goto(`${bench.url}${address}`)
      await settled(page)
    }
    await timed('overview', open('/'))
    await page.locator('.risk-count', { hasText: '+' }).first().waitFor()
    await timed('keys', open('/keys'))
    await rows().first().waitFor()
    const shown = await rows().count()
    expect(shown).toBeGreaterThan(10)
    expect(shown).toBeLessThanOrEqual(100)
    const newest = await firstName()
    await timed('next page', async () => {
      await page.getByRole('button', { name: 'Next page' }).click()
      await page.waitForURL(/cursor=/)
      await page.getByRole('link', { name: newest, exact: true }).waitFor({ state: 'detached' })
    })
    expect(await rows().count()).toBe(shown)
    for (const address of [
      '/keys?sort=spent',
      '/keys?status=revoked',
      '/keys?risk=nearLimit',
      '/keys?unused=90',
      '/keys?label=team%3Dteam-7',
      '/keys?search=no-key-has-this',
      '/users',
      '/workspaces',
      '/audit',
    ]) {
      await timed(address, open(address))
      expect(await rows().count()).toBeLessThanOrEqual(100)
      expect([address, await overflow(page)]).toEqual([address, 0])
    }
    await timed('a key', async () => {
      await open('/keys')()
      await rows().first().getByRole('link').first().click()
      await page.waitForURL(/keys\/[0-9a-f]{64}/)
      await settled(page)
    })
    process.stdout.write(
      `over ${KEYS} keys, in ms: ${JSON.stringify(took)}; most of one answer: ${JSON.stringify(largest)}\n`,
    )
    expect(largest.bytes).toBeGreaterThan(0)
    expect(largest.bytes).toBeLessThan(MOST_BYTES)
    expect(bench.complaints).toEqual([])
  },
  120_000,
)
