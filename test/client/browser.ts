import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { type Bench, startBench } from '../sdk-cases/bench.ts'
import type { PackedClient } from './packed.ts'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

// A test machine reaches only itself, so the browser must not try to reach other hosts.
/** Flags for a browser on a machine that reaches only itself. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The path of Chromium; null when there is none. `LATCHKEY_TEST_CHROMIUM` names another. */
export function chromiumPath(): string | null {
  const named = process.env.LATCHKEY_TEST_CHROMIUM
  return [...(named === undefined ? [] : [named]), ...PROGRAMS].find((path) => existsSync(path)) ?? null
}

/**
 * Runs the table in a page, with the packed client as a bundler builds it. Only recorded cases: a page may not call the native API of
 * another origin.
 */
export async function runInBrowser({ folder }: PackedClient, executablePath: string): Promise<unknown[]> {
  const bench = await startBench({
    '/page': { type: 'text/html', text: '<script type="module" src="/page.js"></script>' },
    '/page.js': { type: 'text/javascript', text: await bundle(folder) },
  })
  const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS })
  try {
    const page = await browser.newPage()
    await page.goto(`${bench.url}/page`)
    const outcomes = await page.waitForFunction('globalThis.outcomes', undefined, { timeout: 60_000 })
    return (await outcomes.jsonValue()) as unknown[]
  } finally {
    await browser.close()
    await bench.stop()
  }
}

async function bundle(folder: string): Promise<string> {
  const entry = join(folder, 'page.js')
  await Bun.write(entry, PAGE)
  const { outputs } = await Bun.build({ entrypoints: [entry], target: 'browser' })
  return (await outputs[0]?.text()) ?? ''
}

const PAGE = `
import * as native from '@latchkey/client'
import * as goodmem from '@latchkey/client/goodmem'
import * as openrouter from '@latchkey/client/openrouter'
import * as openrouterErrors from '@latchkey/client/openrouter/models/errors'
import { runTable } from './driver.js'

const modules = { native, goodmem, openrouter, openrouterErrors }
globalThis.outcomes = await runTable(location.origin, modules, { modes: ['recorded'], hidesRedirects: true })
`

export type { Bench }
