import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../src/core/ground/clock.ts'
import { type Bench, barriers, overflow, PLACES, settled } from './browser-bench.ts'
import { inBrowser } from './in-browser.ts'

// Requirements on all pages, in a real browser: no obstacles, narrow windows, use by keyboard, local time.

let bench: Bench
let page: Page
const describe = inBrowser((parts) => ({ bench, page } = parts))

const button = (name: string | RegExp) => page.getByRole('button', { name })
const dialog = () => page.getByRole('dialog')

describe('for everybody', () => {
  test('axe finds no obstacle, in light and dark, and at 360 px nothing is cut off', async () => {
    const { json: user } = await bench.call('POST', '/v2/users', {
      username: 'somebody',
      email: 'somebody@example.com',
      displayName: 'Somebody with quite a long name indeed',
      limits: { monthly: '1000000000' },
    })
    const { hash, id, secret } = await bench.makeKey({
      name: 'A key with a name that is longer than most',
      ownerId: user.id,
      limits: { daily: '999999999.123456789' },
      permissions: ['documents.read'],
      labels: { environment: 'production' },
    })
    await bench.call('POST', '/v2/usage', { events: [{ id: 'n', keyId: id, amount: '9999.000000001' }] })
    await bench.call('POST', '/v2/verify', { key: secret, permissions: 'x.y' })
    await bench.app.latchkey.outcomes.flush()
    const found: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const narrow = await bench.signedIn('/', { colorScheme, viewport: { width: 360, height: 780 } })
      for (const place of PLACES) {
        await narrow.goto(bench.url + place.replace('KEY', hash).replace('USER', user.id))
        await narrow.getByRole('heading', { level: 1 }).waitFor()
        await settled(narrow)
        found.push(...(await barriers(narrow)).map((barrier) => `${colorScheme} ${place} ${barrier}`))
        const cut = await overflow(narrow)
        if (cut > 0) found.push(`${place} is ${cut} px too wide`)
        if (place === '/keys/KEY')
          expect(await narrow.locator('main').innerText()).toContain('$9,999.000000001')
      }
      await narrow.context().close()
    }
    expect(found).toEqual([])
  }, 60_000)

  test('on a tablet no page and no table is too wide', async () => {
    const tablet = await bench.signedIn('/', { viewport: { width: 768, height: 900 } })
    const wide: string[] = []
    for (const place of ['/', '/keys', '/users', '/workspaces', '/audit', '/settings']) {
      await tablet.goto(bench.url + place)
      await settled(tablet)
      const frames = (await tablet.evaluate(
        '[...document.querySelectorAll(".table-frame")].map((frame) => frame.scrollWidth - frame.clientWidth)',
      )) as number[]
      for (const cut of [await overflow(tablet), ...frames]) if (cut > 0) wide.push(`${place}: ${cut} px`)
    }
    await tablet.context().close()
    expect(wide).toEqual([])
  })

  test('the keyboard is enough to reach the content, enter a dialog, leave it, and go back', async () => {
    const { hash } = await bench.makeKey({ name: 'By keyboard' })
    await page.goto(`${bench.url}/keys/${hash}`)
    await page.getByRole('heading', { name: 'By keyboard' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await button('Disable…').focus()
    await page.keyboard.press('Enter')
    await dialog().waitFor()
    expect(await page.evaluate('document.activeElement.closest("dialog") !== null')).toBe(true)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect([colorScheme, ...(await barriers(page))]).toEqual([colorScheme])
    }
    await page.emulateMedia({ colorScheme: null })
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Disable…')
  })

  test('times are local, with UTC beside them', async () => {
    const abroad = await bench.signedIn('/audit', { timezoneId: 'Asia/Tokyo', locale: 'en-GB' })
    const time = abroad.locator('td time').first()
    await time.waitFor()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    expect(systemClock.now() - at.getTime()).toBeLessThan(600_000)
    const hour = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Asia/Tokyo',
      hour: '2-digit',
      hour12: false,
    }).format(at)
    expect(await time.textContent()).toContain(`${hour}:`)
    expect(await time.getAttribute('title')).toContain(
      `${at.toISOString().slice(0, 10)} ${at.toISOString().slice(11, 19)}`,
    )
    await abroad.context().close()
  })

  test('no page has reported an error or a violation of its policy', () => {
    expect(bench.complaints).toEqual([])
    expect(bench.app.errors).toEqual([])
  })
})
