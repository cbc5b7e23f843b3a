import { describe, expect, test } from 'bun:test'
import { moneyOf } from './money.ts'
import { failure, nativeApp, pointers } from './native-app.ts'

const DAY = { daily: '10' }

describe('repeating a reserve', () => {
  test('with the same requestId returns the first hold in its present state', async () => {
    await using app = await nativeApp()
    const { held, reserve, release, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: DAY })
    const { id } = await held(key.id, '10', { requestId: 'r' })
    const again = await reserve({ keyId: key.id, amount: '10', requestId: 'r' })
    expect([again.status, again.json.id, again.json.state]).toEqual([201, id, 'open'])
    expect(await line(key.id)).toMatchObject({ reserved: '10' })
    app.clock.advance(600_000)
    const late = await reserve({ keyId: key.id, amount: '10', requestId: 'r' })
    expect([late.json.id, late.json.state]).toEqual([id, 'expired'])
    const other = await held(key.id, '10', { requestId: 's' })
    await release(other.id)
    expect((await reserve({ keyId: key.id, amount: '10', requestId: 's' })).json.state).toBe('released')
  })

  test('with another amount is a conflict; another key has requestIds of its own', async () => {
    await using app = await nativeApp()
    const { held, reserve } = moneyOf(app)
    const { key } = await app.makeKey()
    const { key: other } = await app.makeKey()
    const { id } = await held(key.id, '1', { requestId: 'r' })
    const conflict = await reserve({ keyId: key.id, amount: '1.000000001', requestId: 'r' })
    expect(failure(conflict)).toBe('409 request_id_conflict')
    expect((await held(other.id, '2', { requestId: 'r' })).id).not.toBe(id)
  })

  test('an Idempotency-Key is the requestId when the body has none', async () => {
    await using app = await nativeApp()
    const { reserve, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: DAY })
    const headers = { 'idempotency-key': 'call 1' }
    const first = await reserve({ keyId: key.id, amount: 1 }, { headers })
    const again = await reserve({ keyId: key.id, amount: 1 }, { headers })
    expect([first.json.requestId, again.json.id]).toEqual(['call 1', first.json.id])
    expect(failure(await reserve({ keyId: key.id, amount: 2 }, { headers }))).toBe('422 idempotency_conflict')
    const named = await reserve({ keyId: key.id, amount: 1, requestId: 'own' }, { headers })
    expect(named.json.requestId).toBe('own')
    expect(await line(key.id)).toMatchObject({ reserved: '2' })
    for (const bad of ['x'.repeat(129), 'ä']) {
      const answer = await reserve({ keyId: key.id, amount: 1 }, { headers: { 'idempotency-key': bad } })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['header:idempotency-key']])
    }
  })

  test('concurrently holds once; of different amounts one wins and the others get a conflict', async () => {
    await using app = await nativeApp()
    const { reserve, line } = moneyOf(app)
    const { key } = await app.makeKey({ limits: DAY })
    const many = 100
    const same = await Promise.all(
      Array.from({ length: many }, () => reserve({ keyId: key.id, amount: '1', requestId: 'same' })),
    )
    expect(new Set(same.map(({ json }) => json.id)).size).toBe(1)
    const mixed = await Promise.all(
      Array.from({ length: many }, (_, n) =>
        reserve({ keyId: key.id, amount: `0.${1 + (n % 5)}`, requestId: 'mixed' }),
      ),
    )
    const won = mixed.filter(({ status }) => status === 201)
    const conflicts = mixed.filter((answer) => failure(answer) === '409 request_id_conflict')
    console.log(`repeats at once: ${many} of one amount, ${many} of five amounts: ${won.length} won`)
    expect([won.length, conflicts.length]).toEqual([many / 5, many - many / 5])
    expect(new Set(won.map(({ json }) => json.id)).size).toBe(1)
    const winner = won[0]?.json
    expect((await app.call('GET', `/v2/reservations/${winner.id}`)).json).toMatchObject({
      amount: winner.amount,
    })
    expect(await line(key.id)).toMatchObject({ reserved: `1.${winner.amount.slice(2)}` })
  })
})
