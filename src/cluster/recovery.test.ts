import { describe, expect, test } from 'bun:test'
import type { Change, Found } from '../store/nodes.ts'
import { createRecollection } from './recollection.ts'
import { recover } from './recovery.ts'

const LEASE_MS = 5
const change = (revision: number, action = 'key.revoke'): Change => ({
  revision,
  kind: 'key',
  id: `key ${revision}`,
  action,
  at: revision,
})

describe('what a node remembers of the changes', () => {
  test('is without gaps: what was not told makes it begin anew', () => {
    const recollection = createRecollection()
    recollection.note({ revision: 4, changes: null })
    recollection.note({ revision: 6, changes: [change(5), change(6)] })
    recollection.note({ revision: 7, changes: [change(7)] })
    expect(recollection.remembered().changes.map(({ revision }) => revision)).toEqual([5, 6, 7])
    recollection.note({ revision: 9, changes: [change(9)] })
    expect(recollection.remembered()).toEqual({ seen: 9, changes: [] })
  })

  test('covers a loss that begins after its first change, as far as anything was seen', () => {
    const recollection = createRecollection()
    recollection.note({ revision: 7, changes: [change(5), change(6), change(7)] })
    expect(recollection.covers([change(6), change(7)])).toBe(true)
    expect(recollection.covers([change(5)])).toBe(false)
    recollection.saw(8)
    expect(recollection.covers([change(7)])).toBe(false)
  })
})

/** A node that remembers changes 5 to 7, and a database that answers so until the loss is accepted. */
function recovering(lost: readonly Change[], until = 7) {
  const recollection = createRecollection()
  recollection.note({ revision: 7, changes: [change(5), change(6), ...lost.slice(-1)] })
  const accepted: (readonly Change[])[] = []
  const notices: string[] = []
  let looks = 0
  let isDecided = false
  const looked = Promise.withResolvers<void>()
  const trusted = Promise.withResolvers<void>()
  const recovery = recover({
    recollection,
    leaseMs: LEASE_MS,
    onNotice: (what) => notices.push(what),
    member: { trust: trusted.resolve },
    store: {
      async compareChanges(): Promise<Found> {
        looks += 1
        if (looks === 4) looked.resolve()
        return isDecided ? { lost: [], until: null } : { lost, until }
      },
      async acceptLosses(loss) {
        accepted.push(loss.lost)
        isDecided = true
        return true
      },
    },
  })
  recovery.begin()
  return {
    recovery,
    accepted,
    notices,
    looked: looked.promise,
    trusted: trusted.promise,
    decide: () => (isDecided = true),
  }
}

describe('a database that has lost changes', () => {
  test('is used again when a node remembers all of them and nobody could gain by the loss', async () => {
    const lost = [change(6), change(7, 'key.create')]
    const { accepted, trusted, notices } = recovering(lost)
    await trusted
    expect(accepted).toEqual([lost])
    expect(notices[0]).toContain('6 key.revoke key 6, 7 key.create key 7')
  })

  test.each<[string, Change[], number]>([
    ['one of them may have taken something from somebody', [change(7, 'key.update')], 7],
    ['another node has seen more', [change(7)], 8],
    ['it does not know where the loss begins', [change(5), change(6), change(7)], 7],
    ['it remembers none of them', [], 7],
  ])('waits for a decision where %s', async (_, lost, until) => {
    const { recovery, accepted, looked, trusted, decide } = recovering(lost, until)
    await looked
    expect(accepted).toEqual([])
    decide()
    await trusted
    await recovery.stop()
  })
})
