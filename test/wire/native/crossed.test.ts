import { describe, expect, test } from 'bun:test'
import { nativeApp } from './native-app.ts'

describe('the answer to a charge and to a settlement', () => {
  test('names the crossed thresholds of any limit, and no others', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'ada', limits: { monthly: '20' } })
    const { secret } = await app.makeKey({ ownerId: user.id, limits: { daily: '10' } })
    const crossed: unknown[] = []
    for (const charge of ['4.999999999', '0.000000001', '2', '1', '2']) {
      const verdict = await app.verify(secret, { charge })
      expect(verdict.valid).toBe(true)
      crossed.push(verdict.crossed)
    }
    // At the end the key has reached its whole limit, and the owner half of its own.
    expect(crossed).toEqual([undefined, [50], undefined, [80], [50, 100]])
  })

  test('a settlement has the state of the limits, and the thresholds crossed in the windows of its hold', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { daily: '10' } })
    const hold = async (amount: string) =>
      (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount } })).json.id
    const settle = async (id: string, body: object) =>
      (await app.call('POST', `/v2/reservations/${id}/settle`, { body })).json
    const first = await settle(await hold('6'), { amount: '8.5' })
    expect(first).toMatchObject({ state: 'settled', settled: '8.5', overdraft: '2.5', crossed: [50, 80] })
    expect(first.budget).toMatchObject([
      { scope: 'key', id: key.id, spent: '8.5', reserved: '0', remaining: '1.5' },
    ])
    const small = await hold('0.5')
    expect(await settle(small, { amount: '0.5' })).not.toHaveProperty('crossed')
    // A repeat has crossed nothing, and shows the state of the limits all the same.
    const again = await settle(small, { amount: '0.5' })
    expect(again).not.toHaveProperty('crossed')
    expect(again.budget).toMatchObject([{ spent: '9' }])
    const late = await hold('1')
    app.clock.advance(13 * 3_600_000)
    const settled = await settle(late, { amount: '1' })
    expect(settled).toMatchObject({ late: true, crossed: [100] })
    expect(settled.budget).toMatchObject([{ spent: '0' }])
  })

  test('of many concurrent calls exactly one names each threshold, and the store records the same', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey({ limits: { total: '100' } })
    const ids = await Promise.all(
      Array.from(
        { length: 50 },
        async () =>
          (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount: '1' } })).json.id,
      ),
    )
    const answers = await Promise.all([
      ...ids.map((id) => app.call('POST', `/v2/reservations/${id}/settle`, { body: { amount: '1' } })),
      ...ids.map(() => app.call('POST', '/v2/verify', { body: { key: secret, charge: '1' } })),
    ])
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    const named = answers.flatMap(({ json }) => json.crossed ?? [])
    console.log(`100 amounts at once: ${named.length} thresholds named`)
    expect(named.toSorted((one: number, other: number) => one - other)).toEqual([50, 80, 100])
    const { data } = (await app.call('GET', `/v2/keys/${key.id}/thresholds`)).json
    expect(data.map(({ percent }: { percent: number }) => percent).toSorted()).toEqual([100, 50, 80])
  })

  test('a settlement of a key that is revoked meanwhile is recorded', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ limits: { total: '10' } })
    const { id } = (await app.call('POST', '/v2/reservations', { body: { keyId: key.id, amount: '6' } })).json
    await app.call('DELETE', `/v2/keys/${key.id}`)
    const { status, json } = await app.call('POST', `/v2/reservations/${id}/settle`, {
      body: { amount: '6' },
    })
    expect([status, json.state, json.crossed]).toEqual([200, 'settled', [50]])
  })
})
