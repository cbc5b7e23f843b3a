import { readFileSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { shownSettings } from '../../src/config/shown-settings.ts'
import { systemClock } from '../../src/core/ground/clock.ts'
import { listen } from '../../src/http/kernel/server.ts'
import { BROWSER_FLAGS } from '../client/browser.ts'
import { type TestApp, testApp } from '../support/app.ts'

/** A server with the dashboard, and a browser. */
export interface Bench {
  app: TestApp
  url: string
  /** All errors of scripts on the pages, and all violations of the policy. */
  complaints: string[]
  /** A page of a browser that has never been here. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  /** A page that is signed in with this key (the root key when absent) and has opened the path. */
  signedIn(path?: string, options?: BrowserContextOptions & { key?: string }): Promise<Page>
  /** Calls the API as root. */
  call(method: string, path: string, body?: unknown): ReturnType<TestApp['call']>
  /** Makes a key as root. */
  makeKey(body: object): Promise<{ id: string; hash: string; secret: string }>
  stop(): Promise<void>
}

/** Starts both, on a database that is there already if one is named. */
export async function startBench(executablePath: string, databaseUrl?: string): Promise<Bench> {
  const settingRows = shownSettings({ env: {}, args: [], readFile: () => '' })
  const there = databaseUrl === undefined ? {} : { databaseUrl, initialize: false }
  const app = await testApp({ clock: systemClock, settingRows, ...there })
  const listener = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 30_000, fetch: app.fetch })
  const browser: Browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS })
  const contexts: BrowserContext[] = []
  const complaints: string[] = []

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // Some tests expect refused calls.
      const text = message.text()
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text)
    })
    return page
  }

  return {
    app,
    url: listener.url,
    complaints,
    newPage,
    async signedIn(path = '/', { key = app.rootKey, ...options } = {}) {
      const page = await newPage(options)
      await page.goto(`${listener.url}${path}`)
      await page.getByLabel('Key', { exact: true }).fill(key)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForSelector('#main')
      return page
    },
    call: (method, path, body) => app.call(method, path, body === undefined ? {} : { body }),
    async makeKey(body) {
      const { status, json, text } = await app.call('POST', '/v2/keys', { body })
      if (status !== 201) throw new Error(text)
      return { id: json.key.id, hash: json.key.hash, secret: json.secret }
    },
    async stop() {
      for (const context of contexts) await context.close()
      await browser.close()
      await listener.stop(100)
      await app.close()
    },
  }
}

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

/** The obstacles for people on a page, from moderate on: `rule: elements`. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const found = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map(({ target }) => target.join(" ")) })))',
  )) as { id: string; impact: string; targets: string[] }[]
  return found
    .filter(({ impact }) => impact !== 'minor')
    .map(({ id, impact, targets }) => `${impact} ${id}: ${targets.slice(0, 3).join(', ')}`)
}

/** How far a page is wider than its window, in pixels. */
export async function overflow(page: Page): Promise<number> {
  return (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number
}

/** Waits until the page has its heading and nothing on it is loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
}

/** Every kind of page, with `KEY` for a key's hash and `USER` for a user's id. */
export const PLACES = [
  '/',
  '/keys',
  '/keys/new',
  '/keys/KEY',
  '/users',
  '/users/USER',
  '/workspaces',
  '/audit',
  '/settings',
]
