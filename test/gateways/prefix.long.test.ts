import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { BROWSER_FLAGS, chromiumPath } from '../client/browser.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { GATEWAYS, isInstalled, type RunningGateway, startGateway } from './programs.ts'

// The blocks of docs/operate.md that serve Latchkey below a path, in the real programs.
const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8')
const CONFIGS: Record<string, { file: string; text: string }> = {
  nginx: {
    file: 'nginx.conf',
    text: `pid nginx.pid;\nevents {}\nhttp {\nserver {\nlisten 127.0.0.1:8000;\n${blockOf('nginx', 'location /latchkey/')}}\n}\n`,
  },
  caddy: {
    file: 'Caddyfile',
    text: `{\n\tadmin off\n\tauto_https off\n}\n\nhttp://127.0.0.1:8000 {\n${blockOf('caddy', 'handle_path')}}\n`,
  },
}

function blockOf(language: string, beginning: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
  const [, text] = blocks.find(([, each = '']) => each.startsWith(beginning)) ?? []
  if (text === undefined)
    throw new Error(`docs/operate.md has no ${language} block that begins with ${beginning}`)
  return text
}

const browserPath = chromiumPath()
if (browserPath === null)
  process.stdout.write('SKIPPED: the dashboard below a path, in a browser: there is no Chromium.\n')

for (const gateway of GATEWAYS.filter(({ name }) => name in CONFIGS)) {
  const installed = isInstalled(gateway)
  if (!installed)
    process.stdout.write(`SKIPPED: below a path behind ${gateway.name}, which is not installed.\n`)
  describe.skipIf(!installed)(`below a path behind ${gateway.name}`, () => {
    let latchkey: ServerProcess
    let running: RunningGateway
    let url = ''

    beforeAll(async () => {
      latchkey = await startServer({
        LATCHKEY_DATABASE_URL: 'sqlite::memory:',
        LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
        LATCHKEY_PUBLIC_URL: 'https://example.com/latchkey/',
        LATCHKEY_LOG_LEVEL: 'error',
      })
      const folder = temporaryFolder()
      const { file, text } = CONFIGS[gateway.name] ?? { file: '', text: '' }
      writeFileSync(join(folder, file), text)
      running = await startGateway(gateway, folder, { latchkey: latchkey.port, service: 1 })
      url = `${running.url}/latchkey`
    }, 60_000)
    afterAll(async () => {
      await running?.end()
      await latchkey?.end('SIGTERM')
    })

    test('the document, the reference, the page and its files lead to each other', async () => {
      const document = (await (await fetch(`${url}/openapi.json`)).json()) as { servers: { url: string }[] }
      expect(document.servers).toEqual([{ url: 'https://example.com/latchkey' }])
      const links: string[] = []
      for (const path of ['/', '/keys/new', '/docs']) {
        const answer = await fetch(`${url}${path}`)
        expect([path, answer.status]).toEqual([path, 200])
        const html = await answer.text()
        links.push(...[...html.matchAll(/(?:href|src)="([^#"]+)"/g)].map(([, link = '']) => link))
      }
      expect(links.length).toBeGreaterThan(5)
      for (const link of new Set(links)) {
        const answer = await fetch(new URL(link, `${url}/`))
        expect([link, answer.status]).toEqual([link, 200])
        await answer.body?.cancel()
      }
    })

    test('a new record is found where its Location says', async () => {
      const headers = { authorization: `Bearer ${latchkey.rootKey}`, 'content-type': 'application/json' }
      const bodies = {
        keys: {},
        workspaces: { name: 'A', slug: 'a' },
        users: { username: 'b', displayName: 'B' },
      }
      for (const [kind, body] of Object.entries(bodies)) {
        const made = await fetch(`${url}/v2/${kind}`, { method: 'POST', headers, body: JSON.stringify(body) })
        expect([kind, made.status]).toEqual([kind, 201])
        await made.body?.cancel()
        const location = made.headers.get('location') ?? ''
        expect(location).toStartWith(`/latchkey/v2/${kind}/`)
        const found = await fetch(new URL(location, made.url), { headers })
        expect([location, found.status]).toEqual([location, 200])
        await found.body?.cancel()
      }
    })

    test.skipIf(browserPath === null)(
      'a browser signs in, goes through the pages and comes back to one',
      async () => {
        const browser = await chromium.launch({ executablePath: browserPath ?? '', args: BROWSER_FLAGS })
        try {
          const view = await browser.newPage()
          const complaints: string[] = []
          view.on('pageerror', (error) => complaints.push(error.message))
          await view.goto(`${url}/`)
          await view.getByLabel('Key', { exact: true }).fill(latchkey.rootKey)
          await view.getByRole('button', { name: 'Sign in' }).click()
          await view.waitForSelector('#main')
          await view.getByRole('link', { name: 'Keys', exact: true }).first().click()
          await view.waitForURL(`${url}/keys`)
          await view.locator('a[href="/latchkey/keys/new"]').first().click()
          await view.waitForURL(`${url}/keys/new`)
          await view.reload()
          await view.getByRole('heading', { name: 'Create a key' }).waitFor()
          expect(await view.locator(`a[href="/latchkey/docs"]`).count()).toBeGreaterThan(0)
          expect(complaints).toEqual([])
        } finally {
          await browser.close()
        }
      },
      60_000,
    )
  })
}
