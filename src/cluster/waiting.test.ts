import { describe, expect, test } from 'bun:test'
import type { NodeRow } from '../store/nodes.ts'
import { createWaiting, LEASE_MAX_MS } from './waiting.ts'

const LEASE_MS = 1_000
const own: NodeRow = { id: 'own', renewals: 1, applied: 4, leaseMs: LEASE_MS }
const other: NodeRow = { id: 'other', renewals: 7, applied: 4, leaseMs: LEASE_MS }

/** The state of the node `own` after it has watched for longer than a lease. */
function watching() {
  const waiting = createWaiting({ self: () => 'own', leaseMs: LEASE_MS })
  const saw = (rows: NodeRow[], atMs: number, incarnation = 'first') =>
    waiting.saw({ rows, incarnation }, atMs, atMs + 1)
  saw([own], 0)
  return { ...waiting, saw }
}

describe('waiting for the nodes', () => {
  test('a change is in force when every other row has applied it, as read after the commit', () => {
    const { saw, inForce } = watching()
    saw([own, { ...other, applied: 5 }], 1_999)
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_001)).toBeNull()
    saw([own, other], 2_000)
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_001)).toBeNull()
    saw([own, { ...other, applied: 5 }], 2_002)
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_003)).toEqual({ nodes: 2, lapsed: 0 })
  })

  test('a silent node delays a change until the longest lease has passed since the commit', () => {
    const { saw, inForce } = watching()
    const slow = { ...other, leaseMs: 1_500 }
    saw([own, slow], 2_001)
    expect(inForce({ revision: 5, atMs: 2_000 }, 3_499)).toBeNull()
    expect(inForce({ revision: 5, atMs: 2_000 }, 3_500)).toEqual({ nodes: 2, lapsed: 1 })
  })

  test('without a look after the commit, a change waits for the longest possible lease', () => {
    const { inForce } = watching()
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_000 + LEASE_MAX_MS - 1)).toBeNull()
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_000 + LEASE_MAX_MS)).not.toBeNull()
  })

  test('a node without renewals is evicted, and delays a change until its row is gone: a renewal may be on its way', () => {
    const { saw, inForce, toEvict } = watching()
    saw([own, other], 2_000)
    expect(toEvict(2_001 + LEASE_MS - 1)).toEqual([])
    expect(toEvict(2_001 + LEASE_MS)).toEqual([{ id: 'other', renewals: 7 }])
    saw([own, other], 3_010)
    expect(inForce({ revision: 5, atMs: 3_005 }, 3_011)).toBeNull()
    saw([own], 3_020)
    expect(inForce({ revision: 5, atMs: 3_005 }, 3_021)).toEqual({ nodes: 1, lapsed: 0 })
    expect(inForce({ revision: 5, atMs: 2_990 }, 3_021)).toEqual({ nodes: 2, lapsed: 1 })
  })

  test('a silent node that another node has evicted counts as waited out', () => {
    const { saw, inForce } = watching()
    saw([own, other], 2_000)
    saw([own, other], 2_500)
    expect(inForce({ revision: 5, atMs: 2_400 }, 2_501)).toBeNull()
    saw([own], 2_600)
    expect(inForce({ revision: 5, atMs: 2_400 }, 2_601)).toEqual({ nodes: 2, lapsed: 1 })
    // It had gone before this one, or had applied that one.
    expect(inForce({ revision: 6, atMs: 2_550 }, 2_601)).toEqual({ nodes: 1, lapsed: 0 })
    expect(inForce({ revision: 4, atMs: 2_400 }, 2_601)).toEqual({ nodes: 1, lapsed: 0 })
  })

  test('a node that ends by itself is not counted: it deletes its row soon after a renewal', () => {
    const { saw, inForce } = watching()
    saw([own, other], 2_000)
    saw([own, { ...other, renewals: 8 }], 2_300)
    saw([own], 2_600)
    expect(inForce({ revision: 5, atMs: 2_250 }, 2_601)).toEqual({ nodes: 1, lapsed: 0 })
  })

  test('after another server took over, missing rows are not counted as evicted', () => {
    const { saw, inForce } = watching()
    saw([own, other], 2_000)
    saw([own], 3_000, 'second')
    expect(inForce({ revision: 5, atMs: 1_999 }, 9_000)).toEqual({ nodes: 1, lapsed: 0 })
  })

  test('a node that renews is never evicted, and no node evicts itself', () => {
    const { saw, toEvict } = watching()
    for (let atMs = 0; atMs < 10_000; atMs += 900) saw([own, { ...other, renewals: atMs }], atMs)
    expect(toEvict(10_000)).toEqual([])
  })

  test('after the database was restarted or replaced, rows count only once a lease has passed', () => {
    const { saw, inForce, toEvict } = watching()
    saw([own, other], 2_000)
    saw([own, other], 2_900, 'second')
    expect(toEvict(3_100)).toEqual([])
    saw([own], 3_200, 'second')
    expect(inForce({ revision: 5, atMs: 3_150 }, 3_201)).toBeNull()
    expect(inForce({ revision: 5, atMs: 3_150 }, 3_901)).toEqual({ nodes: 1, lapsed: 0 })
  })

  test('a look that arrives after a newer one changes nothing', () => {
    const { saw, inForce } = watching()
    saw([own, other], 2_010)
    saw([own], 2_005)
    expect(inForce({ revision: 5, atMs: 2_000 }, 2_020)).toBeNull()
  })
})
