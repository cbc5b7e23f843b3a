import { describe, expect, test } from 'bun:test'
import { createTurn, type Errand } from './turn.ts'

/** Queues work of these kinds behind work that runs, and returns the order in which it ran. */
async function orderOf(errands: readonly Errand[], running: Errand = 'ledger'): Promise<Errand[]> {
  const turn = createTurn()
  const order: Errand[] = []
  await turn.take(running)
  const all = errands.map(async (errand) => {
    await turn.take(errand)
    order.push(errand)
    turn.pass()
  })
  turn.pass()
  await Promise.all(all)
  return order
}

describe('the turns of the writing connection', () => {
  test('a change goes before everything that waits, then money and changes take turns, and chores go last', async () => {
    expect(await orderOf(['chore', 'ledger', 'chore', 'change', 'ledger', 'change'])).toEqual([
      'change',
      'ledger',
      'change',
      'ledger',
      'chore',
      'chore',
    ])
  })

  test('money that arrives during a change goes before the next change, and chores wait on', async () => {
    expect(await orderOf(['change', 'chore', 'ledger', 'change', 'ledger'], 'change')).toEqual([
      'ledger',
      'change',
      'ledger',
      'change',
      'chore',
    ])
  })

  test('a revoke waits for what runs and for one commit of money', async () => {
    for (const running of ['change', 'ledger', 'chore'] as const) {
      const order = await orderOf(['ledger', 'ledger', 'ledger', 'chore', 'change'], running)
      expect(order.indexOf('change')).toBeLessThanOrEqual(1)
    }
  })

  test('a stream of changes stops neither the ledger nor the chores', async () => {
    const changes = Array.from({ length: 100 }, (): Errand => 'change')
    const order = await orderOf([...changes, 'ledger', 'ledger', 'chore'])
    expect(order.indexOf('ledger')).toBeLessThan(2)
    expect(order.lastIndexOf('ledger')).toBeLessThan(4)
    expect(order.indexOf('chore')).toBeLessThan(20)
  })

  test('one runs at a time, also when another arrives at the end of a turn', async () => {
    const turn = createTurn()
    let inside = 0
    let most = 0
    const kinds: Errand[] = ['change', 'ledger', 'chore']
    const callers = Array.from({ length: 300 }, async (_, n) => {
      if (n % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
      await turn.take(kinds[n % 3] ?? 'change')
      inside += 1
      most = Math.max(most, inside)
      await Promise.resolve()
      inside -= 1
      turn.pass()
    })
    await Promise.all(callers)
    expect(most).toBe(1)
  })
})
