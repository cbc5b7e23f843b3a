import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { type Bench, barriers, overflow } from './browser-bench.ts'
import { inBrowser } from './in-browser.ts'

// The members of a workspace and their standing, and a user who leaves, in a real browser.

let bench: Bench
let page: Page
const describe = inBrowser((parts) => ({ bench, page } = parts))

describe('members', () => {
  test('a member of a workspace is made a manager and a member again; a manager sees the standings', async () => {
    const { json: home } = await bench.call('POST', '/v2/workspaces', { name: 'Crew', slug: 'crew' })
    const people = new Map<string, string>()
    for (const [username, displayName] of [
      ['nia', 'Nia'],
      ['oli', 'Oli'],
    ] as const)
      people.set(username, (await bench.call('POST', '/v2/users', { username, displayName })).json.id)
    await bench.call('POST', `/v2/workspaces/${home.id}/members`, { userId: people.get('nia') })
    const standings = async () =>
      (await bench.call('GET', `/v2/workspaces/${home.id}/members`)).json.data.map(
        (member: { username: string; standing: string }) => `${member.username} ${member.standing}`,
      )
    page = await bench.signedIn(`/workspaces/${home.id}`)
    const ofNia = page.getByLabel('Standing of Nia')
    expect(await ofNia.inputValue()).toBe('member')
    const changed = page.waitForResponse((response) => response.request().method() === 'POST')
    await ofNia.selectOption('manager')
    await changed
    expect(await standings()).toEqual(['nia manager'])
    await page.getByLabel('Add a member').selectOption({ label: 'Oli' })
    await page.getByLabel('Standing', { exact: true }).selectOption('manager')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const ofOli = page.getByLabel('Standing of Oli')
    await ofOli.waitFor()
    expect((await standings()).toSorted()).toEqual(['nia manager', 'oli manager'])
    const lowered = page.waitForResponse((response) => response.request().method() === 'POST')
    await ofOli.selectOption('member')
    await lowered
    expect((await standings()).toSorted()).toEqual(['nia manager', 'oli member'])
    const { secret } = await bench.makeKey({ ownerId: people.get('nia'), access: 'manage' })
    const own = await bench.signedIn(`/workspaces/${home.id}`, { key: secret })
    await own.getByRole('listitem').filter({ hasText: 'Oli' }).getByText('Member', { exact: true }).waitFor()
    await own.getByRole('listitem').filter({ hasText: 'Nia' }).getByText('Manager').waitFor()
    expect(await own.getByLabel('Standing of Nia').count()).toBe(0)
    expect(await barriers(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 800 })
    expect(await overflow(page)).toBe(0)
    expect(bench.complaints).toEqual([])
  })

  test('handing over the keys of a user warns of those that manage, and none of them stops', async () => {
    const made = async (username: string) =>
      (await bench.call('POST', '/v2/users', { username, displayName: username })).json.id as string
    const [leaver, heir] = [await made('lea'), await made('max')]
    await bench.makeKey({ ownerId: leaver, name: 'for a customer' })
    const { id } = await bench.makeKey({ ownerId: leaver, name: 'console', access: 'full' })
    page = await bench.signedIn(`/users/${leaver}`)
    await page.getByRole('button', { name: 'Disable' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Keys that stop').waitFor()
    const warning = dialog.getByRole('alert')
    expect(await warning.count()).toBe(0)
    await dialog.getByLabel('Hand its keys over to').selectOption(heir)
    expect(await warning.textContent()).toEndWith('Rotate or revoke them first: console.')
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await dialog.waitFor({ state: 'detached' })
    const moved = (await bench.call('GET', `/v2/keys/${id}`)).json
    expect([moved.ownerId, moved.status]).toEqual([heir, 'active'])
    expect(bench.complaints).toEqual([])
  })
})
