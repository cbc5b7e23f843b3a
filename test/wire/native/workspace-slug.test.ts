import { expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

test('a key is created in a workspace by its id or its slug, and imported in the same way', async () => {
  await using app = await nativeApp()
  const team = (await app.call('POST', '/v2/workspaces', { body: { slug: 'billing-team', name: 'Billing' } }))
    .json
  const create = (workspaceId: unknown, key?: string) =>
    app.call('POST', '/v2/keys', { body: { workspaceId }, ...(key && { key }) })
  for (const name of [team.id, team.id.toUpperCase(), 'billing-team']) {
    const { status, json } = await create(name)
    expect([name, status, json.key?.workspaceId]).toEqual([name, 201, team.id])
  }
  expect((await create('default')).json.key.workspaceId).not.toBe(team.id)
  const keys = [{ secret: 'a-key-of-another-system', workspaceId: 'billing-team' }]
  const imported = (await app.call('POST', '/v2/keys/import', { body: { keys } })).json.results[0]
  const { json } = await app.call('GET', `/v2/keys/${imported.keyId ?? imported.id}`)
  expect(json.workspaceId).toBe(team.id)
  for (const wrong of ['Billing Team', '-', '', 'x'.repeat(100), 5]) {
    const answer = await create(wrong)
    expect([wrong, failure(answer), pointers(answer)]).toEqual([wrong, '400 input_invalid', ['/workspaceId']])
  }
})

test('an unknown slug and one of a workspace of others get the same refusal', async () => {
  await using app = await nativeApp()
  const { secret } = await app.makeUser({ username: 'ada' })
  await app.call('POST', '/v2/workspaces', { body: { slug: 'theirs', name: 'Theirs' } })
  const refused = async (workspaceId: string) => {
    const { status, json } = await app.call('POST', '/v2/keys', { key: secret, body: { workspaceId } })
    const { requestId: _, ...rest } = json
    return [status, rest]
  }
  const unknown = await refused('nobodys')
  expect(unknown[0]).toBeGreaterThanOrEqual(400)
  expect(await refused('theirs')).toEqual(unknown)
})
