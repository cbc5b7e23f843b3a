import { describe, expect, test } from 'bun:test'
import { createLoopTurns, type Turns } from './turns.ts'

/** An event loop that the test turns by hand. `work` is the cost of a request. */
function handTurned() {
  let nowMs = 0
  const passes: (() => void)[] = []
  const loop = createLoopTurns(
    () => nowMs,
    (pass) => passes.push(pass),
  )
  const begun: string[] = []
  async function sendOf(turns: Turns, caller: string, costMs: number) {
    const wait = turns.enter()
    if (wait !== undefined) await wait
    begun.push(caller)
    nowMs += costMs
  }
  return {
    loop,
    begun,
    send: (caller: string, costMs: number) => sendOf(loop.of(caller), caller, costMs),
    sendOf,
    /** What the server does outside of turns takes so long before the pass. */
    async pass(outsideMs = 0) {
      nowMs += outsideMs
      for (const act of passes.splice(0)) {
        act()
        // Released requests run in the microtasks after the pass.
        for (let n = 0; n < 20; n += 1) await Promise.resolve()
      }
    },
  }
}

describe('the turns of the event loop', () => {
  test('a caller in a quiet loop begins at once, without a wait', () => {
    const { loop } = handTurned()
    expect(loop.of('ada').enter()).toBeUndefined()
    expect(loop.of('bob').enter()).toBeUndefined()
    expect(loop.of('ada').enter()).toBeUndefined()
  })

  test('a flood of one caller fills a short part of each pass, and loses nothing', async () => {
    const { begun, send, pass } = handTurned()
    const flood = Array.from({ length: 100 }, () => send('flood', 0.25))
    const inFirst = begun.length
    expect(inFirst).toBeGreaterThan(1)
    expect(inFirst).toBeLessThan(9)
    let passes = 0
    let most = 0
    for (; begun.length < 100; passes += 1) {
      const before = begun.length
      await pass()
      most = Math.max(most, begun.length - before)
    }
    process.stdout.write(
      `100 requests at once: ${inFirst} in the first pass, at most ${most} in each of ${passes} others\n`,
    )
    expect(most).toBeLessThan(9)
    await Promise.all(flood)
  })

  test('where passes are long for other reasons, those who wait get a part of that time', async () => {
    const { begun, send, pass } = handTurned()
    const flood = Array.from({ length: 400 }, () => send('flood', 0.25))
    let passes = 0
    let most = 0
    for (; begun.length < 400; passes += 1) {
      const before = begun.length
      await pass(20)
      most = Math.max(most, begun.length - before)
    }
    process.stdout.write(
      `400 requests, 20 ms before each pass: at most ${most} in each of ${passes} passes\n`,
    )
    // One turn in each pass would take 80 of them. At most 10 ms of requests are in one.
    expect(passes).toBeLessThan(30)
    expect(most).toBeLessThan(41)
    await Promise.all(flood)
    // What those who waited have done themselves, however long it took, gives them no more.
    const large = Array.from({ length: 40 }, () => send('flood', 20))
    for (let before = begun.length; begun.length < 440; before = begun.length) {
      await pass()
      expect(begun.length - before).toBeLessThan(6)
    }
    await Promise.all(large)
    // A second, in which nobody waited, gives nobody more.
    await pass(1_000)
    const next = Array.from({ length: 100 }, () => send('flood', 0.25))
    const before = begun.length
    await pass()
    expect(begun.length - before).toBeLessThan(9)
    while (begun.length < 540) await pass()
    await Promise.all(next)
  })

  test('strangers get no part of a long pass, and one caller’s part of a turn', async () => {
    const { loop, begun, send, sendOf, pass } = handTurned()
    for (let n = 0; n < 100; n += 1) void sendOf(loop.ofStranger('192.0.2.1'), 'stranger', 0.25)
    for (let n = 0; n < 10; n += 1) {
      const before = begun.length
      await pass(100)
      expect(begun.length - before).toBeLessThan(6)
    }
    for (let n = 0; n < 300; n += 1) void send('one', 0.25)
    for (let n = 0; n < 300; n += 1) void send('other', 0.25)
    const before = begun.length
    for (let n = 0; n < 8; n += 1) await pass(100)
    const counted = Object.groupBy(begun.slice(before), (caller) => caller)
    const [strangers, one, other] = ['stranger', 'one', 'other'].map((name) => counted[name]?.length ?? 0)
    process.stdout.write(`in 8 long passes ${strangers} of strangers, ${one} and ${other} of two callers\n`)
    expect(strangers).toBeGreaterThan(7)
    expect(strangers).toBeLessThan(17)
    expect(Math.min(one ?? 0, other ?? 0)).toBeGreaterThan(100)
  })

  test('beside a flood the first request of another begins in the pass in which it comes', async () => {
    const { loop, begun, send, pass } = handTurned()
    for (let n = 0; n < 100; n += 1) void send('flood', 0.25)
    for (let n = 0; n < 10; n += 1) {
      await pass()
      expect(loop.of('ada').enter()).toBeUndefined()
    }
    expect(begun.length).toBeLessThan(100)
  })

  test('two flooding callers share the later passes', async () => {
    const { begun, send, pass } = handTurned()
    for (let n = 0; n < 200; n += 1) void send('one', 0.25)
    for (let n = 0; n < 50; n += 1) void send('other', 0.25)
    while (begun.filter((caller) => caller === 'other').length < 50) await pass()
    expect(begun.filter((caller) => caller === 'one').length).toBeLessThan(80)
  })

  test('long work of many callers proceeds by one piece in a pass, in turn', async () => {
    const { loop, pass } = handTurned()
    const order: string[] = []
    for (const caller of ['flood', 'flood', 'flood', 'ada']) {
      void (async () => {
        const turns = loop.of(caller)
        for (let piece = 0; piece < 3; piece += 1) {
          await turns.next()
          order.push(caller)
        }
      })()
    }
    for (let n = 1; n <= 6; n += 1) {
      await pass()
      expect(order).toHaveLength(n)
    }
    expect(order.filter((caller) => caller === 'ada')).toHaveLength(3)
  })

  test('requests that must not wait for long begin in the next pass, and only a few of them at once', async () => {
    const { loop, begun, sendOf, pass } = handTurned()
    const large = async (name: string) => {
      const turns = loop.ofStranger('203.0.113.1')
      await sendOf({ ...turns, enter: () => turns.enter({ isMuchToCome: () => true }) }, name, 0.25)
    }
    for (let n = 0; n < 100; n += 1) void large('first')
    expect(begun.length).toBeGreaterThan(1)
    expect(begun.length).toBeLessThan(9)
    await pass()
    expect(begun).toHaveLength(100)
    // The pass that answered them has taken long enough, so whoever connects in their place waits for the next.
    for (let n = 0; n < 100; n += 1) void large('next')
    expect(loop.of('ada').enter()).toBeUndefined()
    expect(begun).toHaveLength(100)
    await pass()
    expect(begun).toHaveLength(200)
  })

  test('strangers of any number of addresses are one caller, and their addresses take turns', async () => {
    const { loop, begun, sendOf, pass } = handTurned()
    const strangers = (address: string) => sendOf(loop.ofStranger(address), address, 0.25)
    for (let n = 0; n < 200; n += 1) void strangers(`2001:db8:${n}:0/64`)
    for (let n = 0; n < 100; n += 1) void strangers('flood')
    expect(begun.length).toBeLessThan(9)
    void strangers('late')
    expect(loop.of('ada').enter()).toBeUndefined()
    await pass()
    expect(begun.length).toBeLessThan(18)
    for (let n = 0; n < 500 && !begun.includes('late'); n += 1) await pass()
    expect(begun).toContain('late')
    expect(begun.filter((address) => address === 'flood').length).toBeLessThan(9)
    for (let n = 0; n < 500 && begun.length < 301; n += 1) await pass()
    expect(begun).toHaveLength(301)
  })
})
