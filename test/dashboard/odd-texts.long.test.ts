import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { type Bench, settled } from './browser-bench.ts'
import { inBrowser } from './in-browser.ts'

// Texts that no person would choose, in names and in addresses.

let bench: Bench
let page: Page
const describe = inBrowser((parts) => ({ bench, page } = parts))

describe('odd texts', () => {
  test.each([
    ['line breaks and blanks in a row', 'two\nlines  and\tblanks', 'two lines and blanks'],
    ['characters that nobody sees', 'pay\u200bments\u2060\u00ad', 'payments'],
    ['a change of the direction', '\u202ereversed', 'reversed'],
    ['nothing that is seen', '\u200b\u2060 \u3164', null],
  ])('a key whose name has %s is found and revoked by the name that is shown', async (_, name, shown) => {
    const { id, hash } = await bench.makeKey({ name })
    const mask = (await bench.call('GET', `/v2/keys/${id}`)).json.mask as string
    await page.goto(`${bench.url}/keys`)
    const link = page.locator(`a[href$="${hash}"]`)
    expect(await link.textContent()).toBe(shown ?? 'Without a name')
    await link.click()
    await page.getByRole('button', { name: 'Revoke…' }).click()
    const dialog = page.getByRole('dialog')
    const revoke = dialog.getByRole('button', { name: 'Revoke' })
    expect(await revoke.isDisabled()).toBe(true)
    await dialog.getByLabel(`Type “${shown ?? mask}” to go on`).fill(shown ?? mask)
    await revoke.click()
    await dialog.getByText('No verify that came after has passed it').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    expect((await bench.call('GET', `/v2/keys/${id}`)).json.status).toBe('revoked')
  })

  test('long names and many labels of one user do not push the keys of others out of sight', async () => {
    const long = 'W'.repeat(255)
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`label-${n}`, long]))
    const { json: owner } = await bench.call('POST', '/v2/users', {
      username: 'long',
      email: 'long@example.com',
      displayName: long,
    })
    const made = await Promise.all(
      Array.from({ length: 10 }, () => bench.makeKey({ name: long, labels, ownerId: owner.id })),
    )
    await page.goto(`${bench.url}/keys?search=${long.slice(0, 50)}`)
    const rows = page.locator('tbody tr').filter({ hasText: long })
    await rows.nth(9).waitFor()
    for (const row of await rows.all()) expect((await row.boundingBox())?.height).toBeLessThan(500)
    await rows.first().getByText('and 16 more').waitFor()
    await page.goto(`${bench.url}/keys/${made[0]?.hash}`)
    await page.getByText(`label-19=${long}`).waitFor()
  })

  test('a page that cannot be shown says so, and leads on to the others', async () => {
    for (const query of ['unused=99999999999999', 'expires=99999999999999']) {
      await page.goto(`${bench.url}/keys?${query}`)
      await page.getByRole('alert').getByText('This page cannot be shown').waitFor()
      await page.getByRole('link', { name: 'Keys' }).click()
      await settled(page)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Keys')
    }
    expect(bench.complaints).toEqual([])
  })
})
