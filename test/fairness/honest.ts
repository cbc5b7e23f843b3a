// The honest tenant, in a process of its own: it makes its calls by the clock, however slowly earlier ones are answered, and reports the
// time of each. So every call of the time when a server is blocked counts, not only one.

/** The credentials of the honest tenant: a backend that verifies, charges and reports, and an operator that revokes. */
export interface HonestTenant {
  url: string
  /** The key of a SERVICE. */
  backendKey: string
  /** The key of a ROOT, which owns the keys that it revokes. */
  operatorKey: string
  keys: { id: string; secret: string }[]
  /** The ids of keys to revoke, each once. */
  revocable: string[]
}

/** The calls of the honest tenant, per second. */
export const HONEST_CALLS = { verify: 250, charge: 60, report: 20, revoke: 15 } as const
/** One of these calls. */
export type HonestCall = keyof typeof HONEST_CALLS

/** The result of one period: the number of calls, the times of the correct answers, and the other answers. */
export type HonestResult = Record<HonestCall, { made: number; tookMs: number[]; refused: string[] }>

const GIVE_UP_MS = 5_000
let tenant: HonestTenant
let asked = 0

const CALLS: Record<HonestCall, () => { path: string; key: string; body?: object; expected: string }> = {
  verify: () => ({
    ...asBackend('/v2/verify'),
    body: { key: keyNumber().secret },
    expected: '"code":"VALID"',
  }),
  charge: () => ({
    ...asBackend('/v2/verify'),
    body: { key: keyNumber().secret, charge: '0.000001' },
    expected: '"code":"VALID"',
  }),
  report: () => ({
    ...asBackend('/v2/usage'),
    body: {
      events: [1, 2, 3].map((n) => ({ id: `h${asked}-${n}`, keyId: keyNumber().id, amount: '0.000001' })),
    },
    expected: '"accepted":3',
  }),
  revoke: () => ({
    path: `/v2/keys/${tenant.revocable.pop()}`,
    key: tenant.operatorKey,
    expected: '"status":"revoked"',
  }),
}

function asBackend(path: string) {
  return { path, key: tenant.backendKey }
}

function keyNumber() {
  asked += 1
  return tenant.keys[asked % tenant.keys.length] ?? { id: '', secret: '' }
}

async function make(name: HonestCall, result: HonestResult): Promise<void> {
  const { path, key, body, expected } = CALLS[name]()
  result[name].made += 1
  const sent = performance.now()
  try {
    const response = await fetch(tenant.url + path, {
      method: body === undefined ? 'DELETE' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(GIVE_UP_MS),
    })
    const text = await response.text()
    const took = performance.now() - sent
    if (text.includes(expected)) result[name].tookMs.push(took)
    else result[name].refused.push(`${response.status} ${text.slice(0, 160)}`)
  } catch (error) {
    result[name].refused.push(String(error))
  }
}

/** Makes the calls of this time, and waits for their answers. */
async function run(ms: number): Promise<HonestResult> {
  const names = Object.keys(HONEST_CALLS) as HonestCall[]
  const result = Object.fromEntries(
    names.map((name) => [name, { made: 0, tookMs: [], refused: [] }]),
  ) as unknown as HonestResult
  const begun = performance.now()
  const underWay: Promise<void>[] = []
  for (let passed = 0; passed < ms; passed = performance.now() - begun) {
    for (const name of names) {
      const due = Math.floor((Math.min(passed, ms) * HONEST_CALLS[name]) / 1_000)
      while (result[name].made < due) underWay.push(make(name, result))
    }
    await Bun.sleep(1)
  }
  await Promise.all(underWay)
  return result
}

process.on('message', async (message: { tenant: HonestTenant } | { ms: number }) => {
  if ('tenant' in message) tenant = message.tenant
  else process.send?.(await run(message.ms))
})
process.on('disconnect', () => process.exit(0))
