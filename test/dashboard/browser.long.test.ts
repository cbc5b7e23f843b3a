import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import type { Bench } from './browser-bench.ts'
import { inBrowser } from './in-browser.ts'

// A person's way through the dashboard, in a real browser.

let bench: Bench
let page: Page
const describe = inBrowser((parts) => ({ bench, page } = parts))

const see = (text: string | RegExp) => page.getByText(text).first().waitFor()
const button = (name: string | RegExp) => page.getByRole('button', { name })
const dialog = () => page.getByRole('dialog')

describe('signing in', () => {
  test('a wrong key gets advice, and the right one signs in', async () => {
    const stranger = await bench.newPage()
    await stranger.goto(bench.url)
    await stranger.getByLabel('Key', { exact: true }).fill('lk_wrong')
    await stranger.getByRole('button', { name: 'Sign in' }).click()
    await stranger.getByRole('alert').getByText('Check that all of it was copied').waitFor()
    await stranger.getByLabel('Key', { exact: true }).fill(bench.app.rootKey)
    await stranger.keyboard.press('Enter')
    await stranger.getByRole('heading', { name: 'Overview' }).waitFor()
    const kept = await stranger.evaluate(
      'JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])',
    )
    expect(String(kept)).not.toContain('lk_')
    await stranger.context().close()
  })

  test('the link of the first start signs in once, and leaves the address', async () => {
    const { Secret } = await import('../../src/core/ground/secret.ts')
    const link = (await bench.app.signInPath(new Secret(bench.app.rootKey))) ?? ''
    const first = await bench.newPage()
    await first.goto(bench.url + link)
    await first.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(first.url()).toBe(`${bench.url}/`)
    const second = await bench.newPage()
    await second.goto(bench.url + link)
    await second.getByText('This link has been used').waitFor()
    await first.context().close()
    await second.context().close()
  })

  test('a revoked key ends its session; after a new sign-in the same page is shown', async () => {
    const { id, secret } = await bench.makeKey({ name: 'short-lived', access: 'full' })
    const other = await bench.signedIn('/users', { key: secret })
    await other.getByRole('heading', { name: 'Users' }).waitFor()
    await bench.call('DELETE', `/v2/keys/${id}`)
    await other.getByRole('link', { name: 'Workspaces' }).click()
    await other.getByText('Your session has ended').waitFor()
    await other.getByLabel('Key', { exact: true }).fill(bench.app.rootKey)
    await other.keyboard.press('Enter')
    await other.getByRole('heading', { name: 'Workspaces' }).waitFor()
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    await other.goto(`${bench.url}/keys`)
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    await other.context().close()
  })
})

describe('the overview', () => {
  test('shows the state of the node: alone, up to date with others, behind them, and without its database', async () => {
    const overview = await bench.signedIn('/')
    await overview.getByText('This process alone has the database').waitFor()
    const node = { nodes: 3, revision: 1_234, lagMs: 41.6, leaseAgeMs: 90, isFresh: true, waiters: 0 }
    const answers = async (status: number, body: object) => {
      await overview.route('**/readyz', (route) => route.fulfill({ status, json: body }))
      await overview.reload()
    }
    await answers(200, { status: 'ready', node })
    await overview.getByText('In step').waitFor()
    await overview.getByText('compared 42 ms ago').waitFor()
    await answers(200, { status: 'ready', node: { ...node, isFresh: false, waiters: 2 } })
    await overview.getByText('Behind').waitFor()
    await overview.getByText('2 changes wait for other nodes').waitFor()
    await answers(503, {})
    await overview.getByText('The server cannot reach its database').waitFor()
    await overview.context().close()
  })
})

describe('keys', () => {
  test('a double click creates one key, whose secret is shown until it is stored', async () => {
    await page.goto(`${bench.url}/keys/new`)
    await page.getByLabel('Name', { exact: true }).fill('Twice clicked')
    await page.getByLabel('Daily limit, USD').fill('ten')
    await button('Create key').click()
    await see('must be an amount')
    await page.getByLabel('Daily limit, USD').fill('10')
    await button('Create key').dblclick()
    const secret = await page.getByTestId('secret').textContent()
    expect(secret).toMatch(/^lk_\w{49}$/)
    expect(await button('Close').isDisabled()).toBe(true)
    expect(await page.locator('pre').textContent()).toContain(secret ?? '-')
    const [download] = await Promise.all([page.waitForEvent('download'), button('Download as .env').click()])
    expect(download.suggestedFilename()).toBe('Twice-clicked.env')
    await page.getByLabel('I have stored it').check()
    await button('Close').click()
    await page.getByRole('heading', { name: 'Twice clicked' }).waitFor()
    const { json } = await bench.call('GET', '/v2/keys?search=Twice')
    expect(json.data.length).toBe(1)
    expect(page.url()).toBe(`${bench.url}/keys/${json.data[0].hash}`)
    const verdict = await bench.call('POST', '/v2/verify', { key: secret })
    expect(verdict.json.code).toBe('VALID')
  })

  test('names, labels and reasons full of markup stay text', async () => {
    const name = '<img src=x onerror="document.title=\'owned\'">'
    const { hash, id } = await bench.makeKey({ name, labels: { note: '<script>1</script>' } })
    await bench.call('DELETE', `/v2/keys/${id}?reason=${encodeURIComponent('<b>bold</b>')}`)
    await page.goto(`${bench.url}/keys/${hash}`)
    await page.getByRole('heading', { name }).waitFor()
    await see('<b>bold</b>')
    expect(await page.title()).toContain(name)
    expect(await page.locator('#main img, #main b, #main script').count()).toBe(0)
  })

  test('filters are part of the address, and a link with them shows the same list', async () => {
    await bench.makeKey({ name: 'Findable one', labels: { env: 'test' } })
    await page.goto(`${bench.url}/keys`)
    await page.getByLabel('Search').fill('Findable')
    await page.waitForURL(/search=Findable/)
    await page.getByRole('link', { name: 'Findable one' }).waitFor()
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
    await page.goto(`${bench.url}/keys?label=env%3Dtest&status=active`)
    await page.getByRole('link', { name: 'Findable one' }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(1)
    expect(await page.getByLabel('Status').inputValue()).toBe('active')
    await page.goto(`${bench.url}/keys?search=nothing-has-this-name`)
    await see('No key matches')
    await button('Clear the filters').click()
    await page.getByRole('link', { name: 'Findable one' }).waitFor()
  })

  test('a list shows its own owners, also when another list has as many', async () => {
    const owners: string[] = []
    for (const username of ['first', 'second']) {
      const { json } = await bench.call('POST', '/v2/users', {
        username: `${username}-owner`,
        email: `${username}-owner@example.com`,
        displayName: `The ${username} owner`,
      })
      await bench.makeKey({ name: `Of the ${username}`, ownerId: json.id })
      owners.push(json.id)
    }
    await page.goto(`${bench.url}/keys`)
    for (const [index, username] of ['first', 'second', 'first'].entries()) {
      await page.getByLabel('Owner').selectOption(owners[index % 2] ?? '')
      await page.getByRole('link', { name: `Of the ${username}` }).waitFor()
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      await page.locator('tbody').getByText(`The ${username} owner`).waitFor()
    }
  })

  test('after a rotation with an overlap the page shows the uses of the old secret', async () => {
    const { hash, secret } = await bench.makeKey({ name: 'Rotated' })
    await page.goto(`${bench.url}/keys/${hash}`)
    await button('Rotate…').click()
    await page.getByLabel('1 hour').check({ force: true })
    await dialog().getByRole('button', { name: 'Rotate' }).click()
    const fresh = await page.getByTestId('secret').textContent()
    expect(fresh).not.toBe(secret)
    await page.keyboard.press('Escape')
    expect(await page.getByTestId('secret').isVisible()).toBe(true)
    await page.getByLabel('I have stored it').check()
    await button('Close').click()
    for (let calls = 0; calls < 3; calls += 1) await bench.call('POST', '/v2/verify', { key: secret })
    await bench.app.latchkey.outcomes.flush()
    await page.reload()
    await page.locator('li', { hasText: 'Old' }).locator('strong', { hasText: '3' }).waitFor()
    await button('End the overlap now').click()
    await page.locator('li', { hasText: 'Old' }).waitFor({ state: 'detached' })
    expect((await bench.call('POST', '/v2/verify', { key: secret })).json.code).toBe('NOT_FOUND')
    expect((await bench.call('POST', '/v2/verify', { key: fresh })).json.code).toBe('VALID')
  })

  test('the page of a key shows the limit that binds, and its refusals with their reasons', async () => {
    const { hash, id, secret } = await bench.makeKey({
      name: 'Used up',
      limits: { daily: '1', monthly: '50' },
    })
    await bench.call('POST', '/v2/usage', { events: [{ id: 'e', keyId: id, amount: '1' }] })
    await bench.call('POST', '/v2/verify', { key: secret })
    await bench.app.latchkey.outcomes.flush()
    await page.goto(`${bench.url}/keys/${hash}`)
    await see('Over limit')
    await see('by its daily limit')
    await page.locator('li', { hasText: 'daily' }).getByText('Binds first').waitFor()
    await button('Boost…').click()
    await page.getByLabel('Amount to add, USD').fill('5')
    await dialog().getByRole('button', { name: 'Boost' }).click()
    await see('with a boost of')
    expect((await bench.call('POST', '/v2/verify', { key: secret })).json.code).toBe('VALID')
  })

  test('a key is revoked only when its name is typed, and the receipt has the time', async () => {
    const { hash, secret } = await bench.makeKey({ name: 'To be ended' })
    await bench.call('POST', '/v2/verify', { key: secret, ip: '203.0.113.5' })
    await bench.app.latchkey.outcomes.flush()
    await bench.app.latchkey.lastUsed.flush()
    await page.goto(`${bench.url}/keys/${hash}`)
    await button('Revoke…').click()
    await see(/from 203\.0\.113\.5/)
    const end = dialog().getByRole('button', { name: 'Revoke' })
    expect(await end.isDisabled()).toBe(true)
    await page.getByLabel('Reason').fill('leaked')
    await page.getByLabel('Type “To be ended” to go on').fill('To be ended')
    await end.click()
    await see(/Dead on 1 of 1 node at \d\d:\d\d:\d\d\.\d{3}/)
    expect((await bench.call('POST', '/v2/verify', { key: secret })).json.code).toBe('NOT_FOUND')
    await button('Close').click()
    await see('Revoked')
    await see('“leaked”')
  })

  test('a revoke of many keys first shows their number, then revokes them', async () => {
    for (const n of [1, 2, 3]) await bench.makeKey({ name: `Bulk ${n}` })
    await page.goto(`${bench.url}/keys?search=Bulk`)
    await page.getByLabel('Choose Bulk 1').check()
    await page.getByLabel('Choose Bulk 2').check()
    await button('Revoke…').click()
    await dialog().locator('li', { hasText: 'Would be revoked' }).getByText('2').waitFor()
    await page.getByLabel('Type “revoke 2” to go on').fill('revoke 2')
    await button('Revoke 2').click()
    await see('2 of 2 revoked')
    await button('Done').click()
    const { json } = await bench.call('GET', '/v2/keys?search=Bulk')
    expect(json.data.map(({ name }: { name: string }) => name)).toEqual(['Bulk 3'])
  })

  test('a changed label or limit leaves the others unchanged, also a label with commas in it', async () => {
    const labels = { env: 'test', odd: ' spaced ', regions: 'eu,us=west' }
    const { hash } = await bench.makeKey({ name: 'Labelled', labels, limits: { daily: '5', total: '9' } })
    await page.goto(`${bench.url}/keys/${hash}`)
    await button('Change…').click()
    const field = page.getByLabel('Labels')
    await field.fill((await field.inputValue()).replace('env=test', 'env=production'))
    await page.getByLabel('Daily limit, USD').fill(' ')
    await page.getByLabel('Weekly limit, USD').fill(' 7.5')
    await button('Save').click()
    await dialog().waitFor({ state: 'detached' })
    const { json } = await bench.call('GET', `/v2/keys/${hash}`)
    expect(json.labels).toEqual({ ...labels, env: 'production' })
    expect(json.limits).toEqual({ weekly: '7.5', total: '9' })
  })

  test('a change that somebody else made meanwhile is not overwritten', async () => {
    const { hash, id } = await bench.makeKey({ name: 'Contested' })
    await page.goto(`${bench.url}/keys/${hash}`)
    await button('Change…').click()
    await bench.call('PATCH', `/v2/keys/${id}`, { labels: { by: 'another' } })
    await page.getByLabel('Name', { exact: true }).fill('Mine')
    await button('Save').click()
    await see('Somebody else has changed this meanwhile')
    expect((await bench.call('GET', `/v2/keys/${id}`)).json.name).toBe('Contested')
    await page.keyboard.press('Escape')
    expect(await dialog().count()).toBe(0)
  })
})

describe('people', () => {
  test('disabling a user lists the keys that stop, and stops them', async () => {
    const { json: user } = await bench.call('POST', '/v2/users', {
      username: 'leaver',
      email: 'leaver@example.com',
      displayName: 'A Leaver',
    })
    const { secret } = await bench.makeKey({ name: 'Her gateway', ownerId: user.id })
    await page.goto(`${bench.url}/users/${user.id}`)
    await button('Disable…').click()
    await dialog().getByText('1 key stops at once').waitFor()
    await dialog().getByText('Her gateway').waitFor()
    await dialog().getByRole('button', { name: 'Disable' }).click()
    await see('Disabled, and so are all of its keys')
    expect((await bench.call('POST', '/v2/verify', { key: secret })).json.code).toBe('DISABLED')
    await page.goto(`${bench.url}/audit?targetId=${user.id}`)
    await see('Changed user: disabled')
  })
})

describe('failures', () => {
  test('open entries of the log stay open while the log is read again', async () => {
    await bench.makeKey({ name: 'Before' })
    await page.goto(`${bench.url}/audit`)
    await page.locator('summary').first().click()
    const shown = page.locator('details[open]')
    await shown.waitFor()
    await page.getByLabel('About').selectOption('key')
    await page.waitForURL(/targetKind=key/)
    await page.locator('.table-frame.stale').waitFor({ state: 'detached' })
    expect(await shown.count()).toBe(1)
  })

  test('a page from the middle of a list, opened by its link, has a link to the first page', async () => {
    const { json } = await bench.call('GET', '/v2/audit?limit=1')
    await page.goto(`${bench.url}/audit?cursor=${json.nextCursor}`)
    await page.locator('tbody tr').first().waitFor()
    await button('Newer').click()
    await page.waitForURL(`${bench.url}/audit`)
  })

  test('a user that may no longer manage is asked for another key', async () => {
    const { id, secret } = await bench.makeKey({ name: 'cut down', access: 'full' })
    const other = await bench.signedIn('/', { key: secret })
    await bench.call('PATCH', `/v2/keys/${id}`, { access: 'use' })
    await other.reload()
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    await other.context().close()
  })

  test('a lost connection is reported with advice, and the page continues when it is back', async () => {
    await page.goto(`${bench.url}/keys`)
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.route('**/v2/**', (route) => route.abort())
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('alert').getByText('cannot be reached').first().waitFor()
    await page.unroute('**/v2/**')
    await button('Try again').first().click()
    await page.locator('tbody tr').first().waitFor()
  })

  test('a page of another origin cannot use the session', async () => {
    const evil = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () =>
        new Response('<form id="f" method="post" enctype="text/plain"></form>', {
          headers: { 'content-type': 'text/html' },
        }),
    })
    const tab = await page.context().newPage()
    const before = await bench.app.store.revision()
    await tab.goto(evil.url.href)
    const outcomes = await tab.evaluate(`(async () => {
      const tries = [
        ['POST', { 'content-type': 'application/json', 'x-latchkey-dashboard': 'act' }],
        ['POST', { 'content-type': 'text/plain' }],
        ['GET', {}],
      ]
      const all = []
      for (const [method, headers] of tries) {
        const init = { method, headers, credentials: 'include', ...(method === 'POST' ? { body: '{"name":"theirs"}' } : {}) }
        all.push(await fetch('${bench.url}/v2/keys', init).then((r) => r.text(), () => 'refused'))
      }
      return all
    })()`)
    expect(outcomes).toEqual(['refused', 'refused', 'refused'])
    await tab.evaluate(
      `document.getElementById('f').action = '${bench.url}/v2/keys'; document.getElementById('f').submit()`,
    )
    await tab.waitForURL(`${bench.url}/v2/keys`)
    expect(await bench.app.store.revision()).toBe(before)
    await tab.close()
    await evil.stop(true)
  })

  test('a missing page and a missing key show where to go', async () => {
    await page.goto(`${bench.url}/keys/${'0'.repeat(64)}`)
    await see('There is no such key')
  })
})

describe('in all tests above', () => {
  test('no page has reported an error or a violation of its policy', () => {
    expect(bench.complaints).toEqual([])
    expect(bench.app.errors).toEqual([])
  })
})
