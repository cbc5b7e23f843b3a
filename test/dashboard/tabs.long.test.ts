import { expect, test } from 'bun:test'
import type { Bench } from './browser-bench.ts'
import { inBrowser } from './in-browser.ts'

// Whom the tabs of one browser act as.

let bench: Bench
const describe = inBrowser((parts) => ({ bench } = parts))

describe('signing out', () => {
  test('the page says so when the server has not ended the session, and then ends it', async () => {
    const page = await bench.signedIn('/keys')
    for (const answer of [503, 429, null]) {
      await page.route('**/dashboard/session', (route) =>
        answer === null ? route.abort() : route.fulfill({ status: answer, json: {} }),
      )
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('alert').getByText('You are still signed in').waitFor()
      await page.unroute('**/dashboard/session')
    }
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.context().close()
  }, 30_000)
})

describe('a browser with several tabs', () => {
  test('a tab goes on as the person that it shows, or not at all', async () => {
    const first = await bench.signedIn('/keys')
    const user = await bench.call('POST', '/v2/users', {
      username: 'second-tab',
      email: 'second-tab@example.com',
      displayName: 'Second Tab',
    })
    const { secret } = await bench.makeKey({ name: 'of the second', access: 'full', ownerId: user.json.id })
    const second = await first.context().newPage()
    await second.goto(bench.url)
    await second.getByRole('button', { name: 'Sign out' }).click()
    await second.getByLabel('Key', { exact: true }).fill(secret)
    await second.keyboard.press('Enter')
    await second.getByText('Second Tab').first().waitFor()
    await first.getByText('Your session has ended').waitFor()
    await first.reload()
    await first.getByText('Second Tab').first().waitFor()
    await second.reload()
    await second.getByText('Second Tab').first().waitFor()
    await first.context().close()
  }, 30_000)

  test('a service at another port of the machine gets the cookie, and cannot use it', async () => {
    const page = await bench.signedIn('/keys')
    const got: string[] = []
    const other = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        got.push(request.headers.get('cookie') ?? '')
        return new Response('hello')
      },
    })
    const visit = await page.context().newPage()
    await visit.goto(other.url.href)
    const [cookie = ''] = got
    expect(cookie).toStartWith('latchkey-')
    const headers = { cookie, 'x-latchkey-dashboard': 'act', 'content-type': 'application/json' }
    const taken = await fetch(`${bench.url}/v2/keys`, { method: 'POST', headers, body: '{}' })
    expect(taken.status).toBe(401)
    await page.context().close()
    await other.stop(true)
  })
})
