import { formatUsd, openLatchkey, usd } from 'latchkey'

const latchkey = await openLatchkey({ path: process.argv[2] ?? ':memory:', rootKey: process.env.ROOT_KEY })
// Keep it: a database that has been set up does not tell it again.
const rootKey = latchkey.rootKey ?? process.env.ROOT_KEY
const admin = latchkey.as(rootKey)

const { view, secret } = await admin.keys.create({
  access: 'use',
  name: 'a customer',
  permissions: ['documents.*'],
  limits: { daily: usd('5') },
  rateLimits: [{ name: 'requests', limit: 100, windowMs: 60_000 }],
})

// What a call may cost is held before it, and what it did cost is settled after it.
const held = await latchkey.verify({ key: secret.reveal(), permissions: 'documents.read', reserve: '0.25' })
if (!held.valid) throw new Error(`Refused: ${held.code}`)
const cost = { amount: usd('0.0312'), byokAmount: 0n }
await admin.reservations.settle(held.reservation.id, { cost, meta: { model: 'small' } })

const verdict = await latchkey.verify({ key: secret.reveal() })
console.log(`${verdict.code}, ${formatUsd(verdict.budget[0].remaining)} USD are left today`)

await admin.keys.revoke({ id: view.key.id }, { reason: 'trying' })
console.log((await latchkey.verify({ key: secret.reveal() })).code)
await latchkey.close()
