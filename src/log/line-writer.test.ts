import { describe, expect, test } from 'bun:test'
import { createLineWriter } from './line-writer.ts'

const text = (pieces: Uint8Array[]) => Buffer.concat(pieces).toString()
const failing = (code: string) => Object.assign(new Error(code), { code })

describe('log lines', () => {
  test('arrive complete and in order, whatever pieces the reader takes', async () => {
    const taken: Uint8Array[] = []
    const writer = createLineWriter(async (bytes) => {
      const count = Math.min(bytes.length, 7)
      taken.push(bytes.slice(0, count))
      return count
    })
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n} ünï\n`)
    for (const line of lines) writer.write(line)
    await writer.drained(5_000)
    expect(text(taken)).toBe(lines.join(''))
  })

  test('of one turn share one write', async () => {
    let writes = 0
    const writer = createLineWriter(async (bytes) => {
      writes += 1
      return bytes.length
    })
    for (let n = 0; n < 100; n += 1) writer.write(`${n}\n`)
    await writer.drained(5_000)
    expect(writes).toBe(1)
  })

  test('are lost while the disk is full, and the loss is reported once it is not', async () => {
    let full = true
    const taken: Uint8Array[] = []
    const writer = createLineWriter(async (bytes) => {
      if (full) throw failing('ENOSPC')
      taken.push(bytes)
      return bytes.length
    })
    for (let n = 0; n < 3; n += 1) writer.write('lost\n')
    await writer.drained(5_000)
    full = false
    writer.write('kept\n')
    await writer.drained(5_000)
    const [told = '', kept] = text(taken).split('\n')
    expect(JSON.parse(told)).toMatchObject({ level: 'warn', lines: 3, msg: 'log lines were lost' })
    expect(kept).toBe('kept')
  })

  test('of which the disk took only a part spoil no other line', async () => {
    let room = 9
    const taken: Uint8Array[] = []
    const writer = createLineWriter(async (bytes) => {
      if (room === 0) throw failing('ENOSPC')
      const some = bytes.slice(0, room)
      room -= some.length
      taken.push(some)
      return some.length
    })
    writer.write('whole\n')
    writer.write('half of it\n')
    await writer.drained(5_000)
    room = 1_000
    writer.write('kept\n')
    await writer.drained(5_000)
    const [whole, half, told = '', kept] = text(taken).split('\n')
    expect([whole, half, kept]).toEqual(['whole', 'hal', 'kept'])
    expect(JSON.parse(told)).toMatchObject({ msg: 'log lines were lost' })
  })

  test('do not fill the memory while the reader takes none', async () => {
    const stuck = Promise.withResolvers<number>()
    let asked = 0
    const writer = createLineWriter((bytes) => {
      asked += bytes.length
      return stuck.promise
    })
    const line = `${'x'.repeat(1_023)}\n`
    writer.write(line)
    await Bun.sleep(0)
    Bun.gc(true)
    const before = process.memoryUsage().heapUsed + process.memoryUsage().external
    for (let n = 0; n < 100_000; n += 1) writer.write(line)
    Bun.gc(true)
    const held = process.memoryUsage().heapUsed + process.memoryUsage().external - before
    console.log(`log lines: 100 MB offered, ${Math.round(held / 1e6)} MB more held`)
    expect(held).toBeLessThan(50e6)
    const started = performance.now()
    await writer.drained(20)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(asked).toBe(1_024)
    stuck.resolve(1_024)
  })

  test('wait for a pipe that is full for the moment', async () => {
    let busy = 3
    const taken: Uint8Array[] = []
    const writer = createLineWriter(async (bytes) => {
      busy -= 1
      if (busy >= 0) throw failing('EAGAIN')
      taken.push(bytes)
      return bytes.length
    })
    writer.write('kept\n')
    await writer.drained(5_000)
    expect(text(taken)).toBe('kept\n')
  })
})
