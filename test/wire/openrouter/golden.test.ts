import type { NewKey } from '../../../src/core/keys/new-key.ts'
import { parseUsd } from '../../../src/core/money/money.ts'
import type { TestApp } from '../../support/app.ts'
import { type Cast, callOf } from '../cast.ts'
import { goldenTests } from '../golden.ts'

goldenTests('the OpenRouter dialect', import.meta.dir, stage)

/**
 * The records of the exchanges besides the cast: the default workspace, another one without keys, a key `spent` that has used a part
 * of a monthly limit on several days, and a key `exhausted` that is past its limit. The user owns both.
 */
async function stage(app: TestApp, cast: Cast): Promise<Record<string, string>> {
  const call = await callOf(app, app.rootKey)
  const { id: defaultId } = await app.latchkey.workspaces.get(call, 'default')
  const workspace = await app.latchkey.workspaces.create(call, { name: 'Team', slug: 'team' })
  const spent = await used(app, {
    key: {
      name: 'spent',
      limits: { monthly: usd('10') },
      includeByokInLimit: true,
      ownerId: cast.user.userId,
    },
    usage: [
      { amount: '100', at: '2026-10-31T23:59:59.999Z' },
      { amount: '3', at: '2026-11-15T23:59:59.999Z' },
      { amount: '4.1', byokAmount: '0.9', at: '2026-11-22T00:00:00.000Z' },
    ],
  })
  const exhausted = await used(app, {
    key: { name: 'exhausted', limits: { total: usd('0.5') }, ownerId: cast.user.userId },
    usage: [{ amount: '0.75', at: '2026-11-22T11:00:00.000Z' }],
  })
  return {
    'id:default': defaultId,
    'id:workspace': workspace.id,
    ...named('spent', spent),
    ...named('exhausted', exhausted),
    'text:spent-upper': spent.hash.toUpperCase(),
  }
}

interface UsedKey {
  hash: string
  mask: string
  secret: string
}

async function used(
  app: TestApp,
  {
    key,
    usage,
  }: { key: Omit<NewKey, 'access'>; usage: { amount: string; byokAmount?: string; at: string }[] },
): Promise<UsedKey> {
  const call = await callOf(app, app.rootKey)
  const { view, secret } = await app.latchkey.keys.create(call, { access: 'use', ...key })
  const events = usage.map(({ amount, byokAmount = '0', at }, index) => ({
    id: String(index),
    key: { id: view.key.id },
    amount: usd(amount),
    byokAmount: usd(byokAmount),
    requests: 1,
    at: Date.parse(at),
    meta: {},
  }))
  await app.latchkey.usage.report(call, events)
  return { hash: view.key.hash, mask: view.key.secrets[0].mask, secret: secret.reveal() }
}

function named(name: string, { hash, mask, secret }: UsedKey): Record<string, string> {
  return { [`hash:${name}`]: hash, [`mask:${name}`]: mask, [`secret:${name}`]: secret }
}

function usd(text: string): bigint {
  const amount = parseUsd(text)
  if (amount === null) throw new Error(`${text} is no amount`)
  return amount
}
