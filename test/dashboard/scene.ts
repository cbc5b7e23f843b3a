import { DAY_MS } from '../../src/core/ground/clock.ts'
import type { Bench } from './browser-bench.ts'

/** The records that pictures of the dashboard show. */
export interface Scene {
  keyHash: string
  userId: string
}

/** Fills a server like that of a small company: people, workspaces, keys in every state, spending and refusals. */
export async function fillScene({ app, call, makeKey }: Bench, now: number): Promise<Scene> {
  const post = async (path: string, body: object) => {
    const { status, json, text } = await call('POST', path, body)
    if (status >= 300) throw new Error(`${path}: ${text}`)
    return json
  }
  const after = (ms: number) => new Date(now + ms).toISOString()
  const person = (username: string, displayName: string, more: object) =>
    post('/v2/users', { username, email: `${username}@example.com`, displayName, ...more })
  const ada = await person('ada', 'Ada Lovelace', { role: 'ADMIN', limits: { monthly: '1500' } })
  const grace = await person('grace', 'Grace Hopper', { limits: { daily: '50' } })
  const gateway = await person('gateway', 'Edge gateway', { role: 'SERVICE' })
  const { id: workspaceId } = await post('/v2/workspaces', {
    name: 'Production',
    slug: 'production',
    limits: { monthly: '2000' },
  })
  const of = { ownerId: ada.id, workspaceId }
  const billing = await makeKey({
    ...of,
    name: 'Billing service',
    labels: { env: 'production', team: 'billing' },
    permissions: ['invoices.read', 'invoices.write'],
    limits: { daily: '45', monthly: '1200' },
    rateLimits: [{ name: 'requests', limit: 100, window: '1m' }],
    expiresAt: after(62 * DAY_MS),
  })
  const checkout = await makeKey({
    ...of,
    name: 'Checkout web',
    limits: { daily: '20' },
    expiresAt: after(5 * DAY_MS),
  })
  const notebook = await makeKey({
    ownerId: grace.id,
    name: 'Notebook',
    limits: { daily: '5' },
    expiresAt: after(20 * DAY_MS),
  })
  await makeKey({ ownerId: gateway.id, name: 'Edge gateway', access: 'full' })
  const importer = await makeKey({ ownerId: grace.id, name: 'Old importer', disabled: true })
  for (const n of [1, 2, 3]) {
    const expiresAt = after((90 + n) * DAY_MS)
    await makeKey({
      ...of,
      name: `Customer ${n}`,
      externalUserId: `customer-${n}`,
      limits: { monthly: '100' },
      expiresAt,
    })
  }
  const events = Array.from({ length: 24 }, (_, day) => ({
    id: `e${day}`,
    keyId: billing.id,
    amount: (12 + 30 * Math.abs(Math.sin(day))).toFixed(2),
    byokAmount: (4 * Math.abs(Math.cos(day))).toFixed(2),
    at: after(-day * DAY_MS - 60_000),
  }))
  const spent = (keyId: string, amount: string) => ({
    id: `${keyId} ${amount}`,
    keyId,
    amount,
    at: after(-60_000),
  })
  await post('/v2/usage', { events: [...events, spent(checkout.id, '17.4'), spent(notebook.id, '5')] })
  await post('/v2/reservations', { keyId: billing.id, amount: '3.5', requestId: 'chat-88121' })
  await post(`/v2/keys/${checkout.id}/rotate`, { overlap: '24h' })
  const verify = async (times: number, body: object) => {
    for (let each = 0; each < times; each += 1) await post('/v2/verify', body)
  }
  await verify(40, { key: billing.secret, ip: '203.0.113.7' })
  await verify(6, { key: billing.secret, permissions: 'admin.all' })
  await verify(9, { key: notebook.secret })
  await verify(12, { key: checkout.secret })
  await verify(3, { key: importer.secret })
  // As if it had been called all day long.
  const hour = now - (now % 3_600_000)
  await app.store.recordOutcomes({
    hours: [],
    refusals: [],
    uses: [],
    totals: Array.from({ length: 23 }, (_, ago) => ({
      hour: hour - (ago + 1) * 3_600_000,
      counts: {
        VALID: 60 + Math.round(40 * Math.sin(ago / 3)),
        BUDGET_EXCEEDED: ago % 7,
        RATE_LIMITED: ago % 3,
      },
    })),
  })
  await app.latchkey.outcomes.flush()
  await app.latchkey.lastUsed.flush()
  return { keyHash: billing.hash, userId: ada.id }
}
