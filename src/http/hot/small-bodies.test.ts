import { edenGC, fullGC, heapSize } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { type BodyReader, createSmallBodies } from './small-bodies.ts'

/** A request whose body the test ends when it likes. */
function slowRequest() {
  const ended = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"key":'))
      await ended.promise
      controller.enqueue(new TextEncoder().encode('"x"}'))
      controller.close()
    },
  })
  const request = new Request('http://127.0.0.1/v2/verify', { method: 'POST', body })
  const read = Promise.withResolvers<void>()
  // Is called after the server's own reading of the body has ended, too.
  const arrayBuffer = () => {
    const reading = Request.prototype.arrayBuffer.call(request)
    reading.finally(() => setImmediate(read.resolve))
    return reading
  }
  Object.defineProperty(request, 'arrayBuffer', { value: arrayBuffer })
  return { request, end: ended.resolve, read: read.promise }
}

function reader() {
  const done: string[] = []
  const told: BodyReader<string> = {
    whole(bytes) {
      done.push('whole')
      return new TextDecoder().decode(bytes)
    },
    late() {
      done.push('late')
      return 'late'
    },
    broken() {
      done.push('broken')
      return 'broken'
    },
  }
  return { done, told }
}

test('a body that arrives after its time was refused once, and is then ignored', async () => {
  const { request, end, read } = slowRequest()
  const { done, told } = reader()
  const answered = createSmallBodies(5).receive(request, 'one', told)
  expect(await answered).toBe('late')
  end()
  await read
  expect(done).toEqual(['late'])
})

test('a body that arrives in time is read completely, once', async () => {
  const { request, end, read } = slowRequest()
  const { done, told } = reader()
  const answered = createSmallBodies(60_000).receive(request, 'one', told)
  end()
  expect(await answered).toBe('{"key":"x"}')
  await read
  expect(done).toEqual(['whole'])
})

test('an error of the reader fails the answer instead of leaving its sender waiting', async () => {
  const { request, end } = slowRequest()
  const whole = () => {
    throw new Error('cannot read')
  }
  const answered = createSmallBodies(60_000).receive(request, 'one', { ...reader().told, whole })
  end()
  await expect(answered).rejects.toThrow('cannot read')
})

test('what a finished body needed is garbage at once, also for a collection of the youngest objects', async () => {
  const bodies = createSmallBodies(60_000)
  const receive = async (n: number) => {
    const bulk = new Array(1_000).fill(n)
    const request = { arrayBuffer: async () => new ArrayBuffer(8) } as unknown as Request
    await bodies.receive(request, `${n % 4}`, { ...reader().told, whole: () => `${bulk.length}` })
  }
  const receiveMany = () => Promise.all(Array.from({ length: 64 }, (_, n) => receive(n)))
  await receiveMany()
  fullGC()
  const before = heapSize()
  for (let round = 0; round < 40; round += 1) {
    await receiveMany()
    edenGC()
  }
  // 2,560 arrays of a thousand numbers are 20 MB.
  expect(heapSize() - before).toBeLessThan(2_000_000)
})
