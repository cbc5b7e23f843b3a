import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { testClock } from '../../../test/support/clock.ts'
import { refusalOf } from '../../../test/support/failures.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { memoryRateLimiter } from '../../rates/memory.ts'
import { type BodyBudget, type BodyUnderWay, createBodyBudget, type Sender } from './body-budget.ts'

/** A budget in which an hour passes between any two bodies, so that no rate is used up. */
function unhurriedBudget() {
  let now = 0
  return createBodyBudget(memoryRateLimiter({ now: () => (now += 3_600_000) }))
}

const { each, together } = MAX.bodiesUnderWay
/** The most that one user may have, because as much must be left for others. */
const HALF = { bodies: together.bodies / 2, bytes: together.bytes / 2 }

const KINDS = [
  [
    'a credential',
    { each, together: HALF },
    (name: string): Sender => ({ credential: name, user: 'the same' }),
  ],
  ['a stranger', MAX.strangersBodies, (name: string): Sender => ({ stranger: name })],
] as const

describe.each(KINDS)('bodies under way of %s', (_kind, { each, together }, sender) => {
  test('are bounded in number: rate_limited for one sender, server_busy for all together', () => {
    const budget = unhurriedBudget()
    const own = Array.from({ length: each.bodies }, () => budget.begin(sender('one')))
    expect(refusalOf(() => budget.begin(sender('one')))).toBe('rate_limited')
    for (let held = own.length; held < together.bodies; held += 1) budget.begin(sender(`other ${held}`))
    expect(refusalOf(() => budget.begin(sender('another')))).toBe('server_busy')
    own[0]?.end()
    expect(refusalOf(() => budget.begin(sender('another')))).toBe(null)
    expect(refusalOf(() => budget.begin(sender('one')))).toBe('server_busy')
  })

  test('are bounded in bytes, as they arrive', () => {
    const budget = unhurriedBudget()
    const body = budget.begin(sender('one'))
    body.hold(each.bytes)
    const second = budget.begin(sender('one'))
    expect(refusalOf(() => second.hold(1))).toBe('rate_limited')
    second.end()
    const others: BodyUnderWay[] = []
    for (let held = each.bytes; held < together.bytes; held += each.bytes) {
      const other = budget.begin(sender(`other ${held}`))
      other.hold(each.bytes)
      others.push(other)
    }
    const late = budget.begin(sender('late'))
    expect(refusalOf(() => late.hold(1))).toBe('server_busy')
    late.end()
    others[0]?.end()
    expect(refusalOf(() => budget.begin(sender('later')).hold(1))).toBe(null)
  })
})

test('the declared length counts at once, and only once', () => {
  const budget = unhurriedBudget()
  const { bytes } = MAX.bodiesUnderWay.each
  const sender: Sender = { credential: 'one', user: 'one' }
  const body = budget.begin(sender, bytes)
  expect(refusalOf(() => budget.begin(sender, 1))).toBe('rate_limited')
  expect(refusalOf(() => body.hold(bytes))).toBe(null)
  expect(refusalOf(() => body.hold(1))).toBe('rate_limited')
  body.end()
  body.end()
  expect(refusalOf(() => budget.begin(sender, bytes))).toBe(null)
})

/** Begins bodies of a user, each with a key of its own, until one is refused; returns how many began. */
function fill(budget: BodyBudget, user: string, bytes: number): number {
  for (let begun = 0; ; begun += 1) {
    const refused = refusalOf(() => budget.begin({ credential: `${user} ${begun}`, user }, bytes))
    if (refused === null) continue
    expect(refused).toBe('server_busy')
    return begun
  }
}

test('a user that takes all it can get, with any number of keys, leaves half of the room to others, of whom the same holds', () => {
  const budget = unhurriedBudget()
  expect([fill(budget, 'greedy', MAX.bodyBytes), fill(budget, 'honest', MAX.bodyBytes)]).toEqual([32, 16])
  expect(fill(budget, 'third', 0)).toBeGreaterThan(MAX.sparedBodies.bodies)
  const bodies = unhurriedBudget()
  expect([fill(bodies, 'greedy', 0), fill(bodies, 'honest', 0)]).toEqual([HALF.bodies, HALF.bodies / 2])
})

test('users that want all of the room come to have the same, as their bodies end and others begin', () => {
  const budget = unhurriedBudget()
  const users = ['a', 'b', 'c']
  const open = users.map((): BodyUnderWay[] => [])
  for (let round = 0; round < 400; round += 1) {
    for (const [n, user] of users.entries()) {
      if (round % 2 === 0) open[n]?.shift()?.end()
      for (let more = 0; more < 8; more += 1)
        refusalOf(() => open[n]?.push(budget.begin({ credential: `${user} ${more}`, user }, MAX.bodyBytes)))
    }
  }
  const counts = open.map((own) => own.length)
  process.stdout.write(`three greedy users have ${counts.join(', ')} bodies of 1 MiB\n`)
  for (const count of counts) expect(Math.abs(count - 16)).toBeLessThanOrEqual(1)
})

test('one large body of a user passes, however many others have theirs', () => {
  const budget = unhurriedBudget()
  for (let n = 0; n < 200; n += 1) fill(budget, `greedy ${n}`, MAX.bodyBytes)
  const honest: Sender = { credential: 'a', user: 'honest' }
  expect(refusalOf(() => budget.begin(honest, MAX.bodyBytes))).toBe(null)
  expect(refusalOf(() => budget.begin(honest, 1))).toBe('server_busy')
})

test('strangers take nothing from callers with a credential', () => {
  const budget = unhurriedBudget()
  for (let held = 0; held < MAX.strangersBodies.together.bodies; held += 1)
    budget.begin({ stranger: `s${held}` })
  expect(refusalOf(() => budget.begin({ stranger: 'x' }))).toBe('server_busy')
  expect(refusalOf(() => budget.begin({ credential: 'x', user: 'x' }).hold(MAX.bodyBytes))).toBe(null)
})

test('after any order of begins, refusals and ends nothing stays counted', () => {
  const steps = fc.array(
    fc.record({
      sender: fc.nat(1),
      act: fc.constantFrom('begin', 'hold', 'hold', 'end'),
      bytes: fc.integer({ min: 1, max: 12 * 1024 * 1024 }),
    }),
    { minLength: 20, maxLength: 60 },
  )
  let refused = 0
  fc.assert(
    fc.property(steps, (acts) => {
      const budget = unhurriedBudget()
      const open: BodyUnderWay[] = []
      for (const { sender, act, bytes } of acts) {
        if (act === 'begin') {
          if (refusalOf(() => open.push(budget.begin({ credential: String(sender), user: 'one' }))) !== null)
            refused += 1
        } else if (act === 'hold') {
          // A refused body ends here, as the receiver would end it.
          if (refusalOf(() => open.at(-1)?.hold(bytes)) !== null) {
            refused += 1
            open.pop()?.end()
          }
        } else open.shift()?.end()
      }
      for (const body of open) body.end()
      const all = Array.from({ length: 2 }, (_, index) =>
        budget.begin({ credential: String(index), user: 'one' }),
      )
      for (const body of all) body.hold(MAX.bodiesUnderWay.each.bytes)
    }),
    { numRuns: 500 },
  )
  process.stdout.write(`refused within random orders: ${refused}\n`)
  expect(refused).toBeGreaterThan(20)
})

describe('the bytes of large bodies, of one user and second', () => {
  const LARGE = MAX.bodyBytes
  const ALL = MAX.largeBodiesBytes / LARGE
  const user = (name: string, key = 'a key'): Sender => ({ credential: `${name} ${key}`, user: name })

  function timed() {
    const clock = testClock()
    const budget = createBodyBudget(memoryRateLimiter(clock))
    /** The number of bodies of these that were accepted, each received before the next. */
    const accepted = (senders: readonly Sender[], bytes: number, declares: boolean) =>
      senders.filter((sender) => {
        let body: BodyUnderWay | null = null
        const refused = refusalOf(() => {
          body = budget.begin(sender, declares ? bytes : 0)
          body.hold(bytes)
        })
        ;(body as BodyUnderWay | null)?.end()
        return refused === null
      }).length
    return { clock, accepted }
  }

  test.each([
    ['declared', true],
    ['not declared', false],
  ])('are bounded, with however many keys; length %s', (_, declares) => {
    const { clock, accepted } = timed()
    const greedy = Array.from({ length: 3 * ALL }, (_, n) => user('greedy', `key ${n}`))
    expect(accepted(greedy, LARGE, declares)).toBe(ALL)
    expect(accepted([user('honest')], LARGE, declares)).toBe(1)
    clock.advance(500)
    expect(accepted(greedy, LARGE, declares)).toBe(ALL / 2)
    clock.advance(60_000)
    expect(accepted(greedy, LARGE, declares)).toBe(ALL)
  })

  test('do not count small bodies, and no strangers', () => {
    const { accepted } = timed()
    const many = Array.from({ length: 10_000 }, () => user('busy'))
    expect(accepted(many, MAX.unreadBodyBytes, true)).toBe(many.length)
    expect(accepted([user('busy')], LARGE, true)).toBe(1)
  })
})

describe('a body that is unpacked', () => {
  const SENDER = { credential: 'k', user: 'ada' }

  test('counts as the most that it may have until it is, and then as what it has', () => {
    const budget = unhurriedBudget()
    const full = Array.from({ length: 15 }, () => budget.begin(SENDER, MAX.bodyBytes))
    const packed = budget.begin(SENDER, 1_000)
    packed.reserve(MAX.bodyBytes)
    expect(refusalOf(() => budget.begin(SENDER, 1))).toBe('rate_limited')
    packed.settle(5_000)
    expect(refusalOf(() => budget.begin(SENDER, MAX.bodyBytes - 10_000))).toBe(null)
    packed.end()
    for (const each of full) each.end()
  })

  test('has no place where the rate of its user has no room for the most', () => {
    const budget = createBodyBudget(memoryRateLimiter(testClock()))
    for (let sent = 0; sent < MAX.largeBodiesBytes - MAX.bodyBytes; sent += MAX.bodyBytes) {
      const body = budget.begin(SENDER, 14)
      body.reserve(MAX.bodyBytes)
      body.settle(MAX.bodyBytes - 14)
      body.end()
    }
    const last = budget.begin(SENDER, 14)
    expect(refusalOf(() => last.reserve(MAX.bodyBytes / 2))).toBe(null)
    last.settle(MAX.bodyBytes / 2)
    last.end()
    const over = budget.begin(SENDER, 14)
    expect(refusalOf(() => over.reserve(MAX.bodyBytes))).toBe('rate_limited')
    over.end()
  })
})
