import { describe, expect, test } from 'bun:test'
import type { Answer } from '../support/app.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { failure, type Loose, nativeApp } from '../wire/native/native-app.ts'

// A read that waits for the database shows a removed member or manager nothing from after its removal.

/** A workspace with a manager, a member that owns a key there, and somebody else's key. */
async function scene() {
  const faulty = await faultyStore()
  const app = await nativeApp({ store: faulty.store })
  const mia = await app.makeUser({ username: 'mia' })
  const ada = await app.makeUser({ username: 'ada' })
  const late = await app.makeUser({ username: 'late' })
  const body = { name: 'Team', slug: 'team', limits: { total: '100' } }
  const team = (await app.call('POST', '/v2/workspaces', { body })).json.id as string
  const join = (userId: string, standing: string) =>
    app.call('POST', `/v2/workspaces/${team}/members`, { body: { userId, standing } })
  await join(mia.user.id, 'manager')
  await join(ada.user.id, 'member')
  const keyOf = (ownerId: string) =>
    app.makeKey({ ownerId, workspaceId: team, access: 'use', limits: { total: '10' } })
  const { key, secret } = await keyOf(ada.user.id)
  const { key: others } = await keyOf(late.user.id)
  await app.call('DELETE', `/v2/workspaces/${team}/members/${late.user.id}`)
  for (const { id } of [key, others]) await app.spend(id, '90', { id: 'first' })
  const remove = (userId: string) => app.call('DELETE', `/v2/workspaces/${team}/members/${userId}`)
  const demote = (userId: string) => join(userId, 'member')
  /** What happens after the removal, and must not be seen. */
  const later = async () => {
    for (const { id } of [key, others]) await app.spend(id, '8.125')
    await app.call('PATCH', `/v2/keys/${others.id}`, { body: { name: '8.125' } })
    await join(late.user.id, 'member')
    await app.verify(secret, { permissions: ['none'] })
  }
  return { faulty, app, mia, ada, team, key, others, secret, remove, demote, later }
}

type Scene = Awaited<ReturnType<typeof scene>>

interface Waiting {
  name: string
  waitsIn: Parameters<Scene['faulty']['hold']>[0]
  /** Whether it answers that there is none, instead of a refusal. */
  findsNone?: true
  request: (on: Scene) => { method?: string; path: string; body?: object }
}

const BY_MANAGERS: Waiting[] = [
  { name: 'keys', waitsIn: 'listKeys', request: ({ team }) => ({ path: `/v2/keys?workspaceId=${team}` }) },
  {
    name: 'keys by a dialect',
    waitsIn: 'listKeys',
    request: ({ team }) => ({ path: `/api/v1/keys?workspace_id=${team}` }),
  },
  {
    name: 'usage',
    waitsIn: 'usageReport',
    request: ({ team }) => ({ path: `/v2/usage?workspaceId=${team}&groupBy=key` }),
  },
  {
    name: 'names in usage',
    waitsIn: 'namesOf',
    request: ({ team }) => ({ path: `/v2/usage?workspaceId=${team}&groupBy=key` }),
  },
  {
    name: 'activity',
    waitsIn: 'activityReport',
    request: ({ team }) => ({ path: `/api/v1/activity?workspace_id=${team}` }),
  },
  { name: 'a key', waitsIn: 'standingOf', request: ({ others }) => ({ path: `/v2/keys/${others.id}` }) },
  {
    name: 'thresholds of a key',
    waitsIn: 'listCrossings',
    request: ({ others }) => ({ path: `/v2/keys/${others.id}/thresholds` }),
  },
  {
    name: 'verifications of a key',
    waitsIn: 'outcomesOfKey',
    request: ({ others }) => ({ path: `/v2/keys/${others.id}/verifications` }),
  },
]

const BY_MEMBERS: Waiting[] = [
  {
    name: 'members',
    waitsIn: 'listMembers',
    request: ({ team }) => ({ path: `/v2/workspaces/${team}/members` }),
  },
  {
    name: 'thresholds of the workspace',
    waitsIn: 'listCrossings',
    request: ({ team }) => ({ path: `/v2/workspaces/${team}/thresholds` }),
  },
  {
    name: 'limits of the workspace',
    waitsIn: 'readAccounts',
    request: ({ team }) => ({ path: `/v2/workspaces/${team}` }),
  },
  { name: 'an own key', waitsIn: 'standingOf', request: ({ key }) => ({ path: `/v2/keys/${key.id}` }) },
  {
    name: 'an own event',
    findsNone: true,
    waitsIn: 'findEvent',
    request: ({ key }) => ({ path: `/v2/usage/events?keyId=${key.id}&id=first` }),
  },
  {
    name: 'thresholds of an own key',
    waitsIn: 'listCrossings',
    request: ({ key }) => ({ path: `/v2/keys/${key.id}/thresholds` }),
  },
  {
    name: 'verifications of an own key',
    waitsIn: 'outcomesOfKey',
    request: ({ key }) => ({ path: `/v2/keys/${key.id}/verifications` }),
  },
]

/** The answer to a reader that loses its standing while the read waits, and what happened in the workspace then. */
async function answerAfter(
  on: Scene,
  { waitsIn, request, name }: Waiting,
  { reader, lose }: { reader: Loose; lose: (userId: string) => Promise<Loose> },
) {
  const { method = 'GET', path, body } = request(on)
  const held = on.faulty.hold(waitsIn)
  const answer = on.app.call(method, path, { key: reader.secret, ...(body && { body }) })
  expect([
    name,
    await Promise.race([held.reached.then(() => 'waits'), answer.then(() => 'answered')]),
  ]).toEqual([name, 'waits'])
  expect((await lose(reader.user.id)).status).toBeOneOf([200, 204])
  // The ledger reads an account once for all who wait for it, so nothing is spent while that read is held.
  if (waitsIn !== 'readAccounts') await on.later()
  held.open()
  return answer
}

function isRefused({ status, json }: Answer, { findsNone }: Waiting): boolean {
  return findsNone ? status === 200 && json.data.length === 0 : status >= 400
}

describe('a read that waits while its caller', () => {
  for (const end of ['is removed', 'is demoted'] as const)
    test(`${end}, as a manager, is refused`, async () => {
      const seen: unknown[] = []
      for (const waiting of BY_MANAGERS) {
        const on = await scene()
        await using _ = on.app
        const lose = end === 'is removed' ? on.remove : on.demote
        const answer = await answerAfter(on, waiting, { reader: on.mia, lose })
        if (!isRefused(answer, waiting)) seen.push([waiting.name, answer.status, answer.text])
      }
      expect(seen).toEqual([])
    })

  test('is removed, as a member, is refused', async () => {
    const seen: unknown[] = []
    for (const waiting of BY_MEMBERS) {
      const on = await scene()
      await using _ = on.app
      const answer = await answerAfter(on, waiting, { reader: on.ada, lose: on.remove })
      if (!isRefused(answer, waiting)) seen.push([waiting.name, answer.status, answer.text])
    }
    expect(seen).toEqual([])
  })

  test('is removed, as the owner of a key that it verifies, knows no such key', async () => {
    const on = await scene()
    await using _ = on.app
    const request = ({ secret }: Scene) => ({ method: 'POST', path: '/v2/verify', body: { key: secret } })
    const waiting: Waiting = { name: 'verify', waitsIn: 'readAccounts', request }
    const answer = await answerAfter(on, waiting, { reader: on.ada, lose: on.remove })
    expect([answer.status, answer.json]).toEqual([200, { valid: false, code: 'NOT_FOUND' }])
  })
})

test('a manager and a member get all of these when nobody removes them', async () => {
  const on = await scene()
  await using _ = on.app
  const refused: unknown[] = []
  for (const [reader, reads] of [
    [on.mia, BY_MANAGERS],
    [on.ada, BY_MEMBERS],
  ] as const)
    for (const waiting of reads) {
      const answer = await on.app.call('GET', waiting.request(on).path, { key: reader.secret })
      if (isRefused(answer, waiting)) refused.push([waiting.name, failure(answer)])
    }
  expect(refused).toEqual([])
})
