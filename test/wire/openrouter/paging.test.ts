import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { WorkspaceId } from '../../../src/core/types.ts'
import { LIST } from '../../../src/http/openrouter/list-bounds.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { callOf } from '../cast.ts'

/** The test's knowledge of a key that it made, in the order of creation. */
interface Made {
  name: string
  workspaceId: WorkspaceId
  createdAt: number
  disabled: boolean
  revoked: boolean
}

let app: TestApp
let team: WorkspaceId
const made: Made[] = []

// Every 7th key is disabled, every 11th revoked, every 13th expired later, and groups of five share one instant.
beforeAll(async () => {
  app = await testApp()
  const call = await callOf(app, app.rootKey)
  team = (await app.latchkey.workspaces.create(call, { name: 'Team', slug: 'team' })).id
  const main = (await app.latchkey.workspaces.get(call, 'default')).id
  app.clock.advance(1)
  for (let index = 0; index < 420; index += 1) {
    if (index % 5 === 0) app.clock.advance(1)
    const workspaceId = index % 3 === 0 ? team : main
    const disabled = index % 7 === 0
    const expiresAt = index % 13 === 0 ? app.clock.now() + 1_000 : null
    const key = { access: 'use' as const, name: `key-${index}`, workspaceId, disabled, expiresAt }
    const { view } = await app.latchkey.keys.create(call, key)
    const revoked = index % 11 === 0
    if (revoked) await app.latchkey.keys.revoke(call, { id: view.key.id }, { reason: null })
    made.push({ name: key.name, workspaceId, createdAt: app.clock.now(), disabled, revoked })
  }
  app.clock.advance(60_000)
}, 20_000)
afterAll(() => app.close())

interface Listed {
  name: string
  hash: string
  created_at: string
  workspace_id: string
  last_used_at: string | null
}

async function page(query: string): Promise<Listed[]> {
  const { status, json } = await app.call('GET', `/api/v1/keys?${query}`)
  expect(status).toBe(200)
  expect(json.data.length).toBeLessThanOrEqual(LIST.pageSize)
  return json.data
}

/** Pages as clients of the service read them: 100 further each time, until a page is empty. */
async function walk(query: string): Promise<Listed[]> {
  const all: Listed[] = []
  for (let offset = 0; ; offset += LIST.pageSize) {
    const rows = await page(`${query}&offset=${offset}`)
    if (rows.length === 0) return all
    all.push(...rows)
  }
}

test.each([
  ['the default workspace, without disabled keys', '', false, false],
  ['the default workspace, with disabled keys', 'include_disabled=true', false, true],
  ['another workspace, without disabled keys', 'workspace_id=TEAM', true, false],
  ['another workspace, with disabled keys', 'workspace_id=TEAM&include_disabled=1', true, true],
])(
  'paging through %s meets each of its keys once, newest first',
  async (_, template, inTeam, withDisabled) => {
    const listed = await walk(template.replace('TEAM', team))
    const expected = made.filter(
      (key) => (key.workspaceId === team) === inTeam && !key.revoked && (withDisabled || !key.disabled),
    )
    const ours = listed.filter(({ name }) => name !== 'root')
    expect(ours.map(({ name }) => name).sort()).toEqual(expected.map(({ name }) => name).sort())
    expect(new Set(listed.map(({ hash }) => hash)).size).toBe(listed.length)
    const times = listed.map(({ created_at }) => created_at)
    expect(times).toEqual([...times].sort().reverse())
    expect(new Set(listed.map(({ workspace_id }) => workspace_id)).size).toBe(1)
    // Only the default workspace holds the root key, which is the oldest of all.
    expect(listed.at(-1)?.name === 'root').toBe(!inTeam)
  },
)

test('a page may start anywhere, and equals that part of the whole list', async () => {
  // The calling key is in the list, and its last use is written meanwhile.
  const withoutUse = (rows: readonly Listed[]) => rows.map(({ last_used_at: _, ...row }) => row)
  const all = await walk('include_disabled=true')
  expect(all.length).toBeGreaterThan(250)
  for (const offset of [1, 37, 99, 101, all.length - 1, all.length]) {
    const rows = await page(`include_disabled=true&offset=${offset}`)
    expect(withoutUse(rows)).toEqual(withoutUse(all.slice(offset, offset + LIST.pageSize)))
  }
})

test('a page far behind the last key is empty, and one beyond the bound is refused', async () => {
  expect(await page(`offset=${LIST.offset}`)).toEqual([])
  const { status, json } = await app.call('GET', `/api/v1/keys?offset=${LIST.offset + 1}`)
  expect(status).toBe(400)
  expect(json.error.message).toContain('offset: ')
})
