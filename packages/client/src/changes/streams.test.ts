import { describe, expect, test } from 'bun:test'
import { eventReader } from './event-stream.ts'
import { type Followed, type FollowOptions, followChanges } from './index.ts'
import { KEPT_MAX, Queue } from './queue.ts'

// Following servers that misbehave.

const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const tick = (revision: number) => event('tick', { revision })
const snapshot = (revision: number) => event('snapshot', { revision })
const change = (revision: number, id = `k${revision}`) =>
  event('change', {
    revision,
    kind: 'key',
    id,
    action: 'key.update',
    at: '2026-01-01T00:00:00.000Z',
  })

/** One connection: pieces of text, and whether it ends behind them or stays silent. */
interface Script {
  pieces: string[]
  ends: boolean
}

/** Answers each connection by the next script, and the last one again and again. */
function scripted(...scripts: (Script | Response | Error)[]) {
  const urls: string[] = []
  const headers: Headers[] = []
  const answer = (response: Response) => response.clone() as unknown as Response
  return {
    urls,
    headers,
    fetch: async (url: string, init: RequestInit): Promise<Response> => {
      const script = scripts[Math.min(urls.length, scripts.length - 1)]
      urls.push(url)
      headers.push(new Headers(init.headers))
      if (script instanceof Error) throw script
      if (script instanceof Response) return answer(script)
      const { pieces, ends } = script ?? { pieces: [], ends: true }
      const encoder = new TextEncoder()
      const body = new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(encoder.encode(piece))
          if (ends) controller.close()
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
  }
}

/** What is told, until it is enough. */
async function toldBy(
  server: ReturnType<typeof scripted>,
  isEnough: (told: Followed[]) => boolean,
  options: FollowOptions = {},
): Promise<Followed[]> {
  const told: Followed[] = []
  const retry = { initialMs: 1, maxMs: 5 }
  for await (const news of followChanges({
    apiKey: 'k',
    fetch: server.fetch,
    retry,
    silentMs: 20_000,
    ...options,
  })) {
    told.push(news)
    if (isEnough(told)) break
  }
  return told
}

const types = (told: Followed[]) =>
  told.map((news) => ('revision' in news ? `${news.type} ${news.revision}` : news.type))
const has = (type: string, count: number) => (told: Followed[]) =>
  told.filter((news) => news.type === type).length >= count

describe('the next connection', () => {
  test('asks for the last change that arrived, and those after it, also when no tick came with it', async () => {
    const server = scripted({ pieces: [snapshot(4), change(5), change(6)], ends: true })
    await toldBy(server, has('lost', 2))
    expect(server.urls.slice(0, 2).map((url) => new URL(url).search)).toEqual(['', '?since=5'])
    expect(server.headers[0]?.get('accept')).toBe('text/event-stream')
    expect(server.headers[0]?.get('authorization')).toBe('Bearer k')
  })

  test('is made after silence, which is told as a loss', async () => {
    const server = scripted({ pieces: [snapshot(4), tick(4)], ends: false })
    const told = await toldBy(server, has('lost', 2), { silentMs: 30 })
    expect(told.find(({ type }) => type === 'lost')).toMatchObject({
      error: { name: 'LatchkeyTimeoutError' },
    })
    expect(server.urls.length).toBeGreaterThan(1)
  })

  test('is made after failures that pass, with pauses that are told and bounded', async () => {
    const busy = new Response('{"code":"server_busy"}', { status: 503, headers: { 'retry-after': '3600' } })
    const server = scripted(new TypeError('fetch failed'), busy, busy, busy)
    const told = await toldBy(server, has('lost', 4))
    const lost = told.filter((news) => news.type === 'lost')
    expect(lost.map(({ failures }) => failures)).toEqual([1, 2, 3, 4])
    for (const { pauseMs } of lost) expect(pauseMs).toBeLessThanOrEqual(5)
    expect(lost.map(({ error }) => error.name)).toEqual([
      'LatchkeyConnectionError',
      'LatchkeyApiError',
      'LatchkeyApiError',
      'LatchkeyApiError',
    ])
  })

  test('waits ever longer for a server that ends each at once, even one that asks for the next', async () => {
    const server = scripted({ pieces: [snapshot(4), event('end', { code: 'reconnect' })], ends: true })
    const told = await toldBy(server, has('lost', 3))
    expect(told.filter((news) => news.type === 'lost').map(({ failures }) => failures)).toEqual([2, 3, 4])
  })
})

describe('news that do not continue', () => {
  test('come behind a snapshot: changes or ticks with a gap before them', async () => {
    const server = scripted({ pieces: [snapshot(4), change(6), tick(9), tick(9)], ends: false })
    const told = await toldBy(server, has('tick', 1))
    expect(types(told)).toEqual(['snapshot 4', 'snapshot 5', 'change 6', 'snapshot 9', 'tick 9'])
  })

  test('are left out when they were told before', async () => {
    const server = scripted({
      pieces: [snapshot(4), change(5), change(5), change(4), tick(5)],
      ends: false,
    })
    expect(types(await toldBy(server, has('tick', 1)))).toEqual(['snapshot 4', 'change 5', 'tick 5'])
  })

  test('are told once, when the next connection begins with the last change again', async () => {
    const server = scripted(
      { pieces: [snapshot(4), change(5), change(6), tick(6)], ends: true },
      { pieces: [change(6), tick(6), change(7), tick(7)], ends: false },
    )
    const told = await toldBy(server, has('change', 3))
    const recalled = types(told).filter((each) => !each.startsWith('tick') && each !== 'lost')
    expect(recalled).toEqual(['snapshot 4', 'change 5', 'change 6', 'change 7'])
  })

  test.each([
    [
      'another change in its place',
      [change(6, 'another'), change(7), tick(7)],
      ['snapshot 5', 'change 6', 'change 7', 'tick 7'],
    ],
    ['only those after it', [change(7), tick(7)], ['snapshot 6', 'change 7', 'tick 7']],
    ['none', [tick(6)], ['snapshot 6', 'tick 6']],
    ['an older one', [change(5), tick(5)], ['snapshot 4', 'change 5', 'tick 5']],
  ])(
    'of a database that was replaced come behind a snapshot: where the last change was there is %s',
    async (_, pieces, next) => {
      const server = scripted(
        { pieces: [snapshot(4), change(5), change(6), tick(6)], ends: true },
        { pieces, ends: false },
      )
      const told = await toldBy(server, has('tick', 2))
      expect(types(told)).toEqual(['snapshot 4', 'change 5', 'change 6', 'tick 6', 'lost', ...next])
    },
  )

  test('of a database that has come back older come behind a snapshot', async () => {
    const server = scripted({ pieces: [tick(9), tick(3)], ends: false })
    const told = await toldBy(server, has('snapshot', 1), { since: 9 })
    expect(types(told).at(-1)).toBe('snapshot 3')
  })
})

describe('no Latchkey server', () => {
  test.each([
    ['a page', new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'LatchkeyResponseError'],
    ['a redirect', new Response('', { status: 302, headers: { location: 'http://x/' } }), 'LatchkeyApiError'],
    ['an unknown address', new Response('{}', { status: 404 }), 'LatchkeyApiError'],
  ])('%s ends it with an error', async (_name, response, name) => {
    await expect(toldBy(scripted(response), () => false)).rejects.toMatchObject({ name })
  })

  test('a page in place of a server that was heard before is a loss', async () => {
    const page = new Response('<html>', { headers: { 'content-type': 'text/html' } })
    const server = scripted({ pieces: [snapshot(4)], ends: true }, page)
    const told = await toldBy(server, has('lost', 3))
    expect(told.at(-1)).toMatchObject({ error: { name: 'LatchkeyResponseError' } })
  })

  test.each([
    ['no JSON', 'event: tick\ndata: {\n\n'],
    ['no revision', event('tick', {})],
    ['a negative revision', event('snapshot', { revision: -1 })],
    ['a change of nothing', event('change', { revision: 5 })],
    ['an endless event', `event: tick\n${'data: x\n'.repeat(20_000)}`],
    ['an endless line', 'x'.repeat(200_000)],
  ])('%s breaks the connection, and nothing of it is told', async (_name, text) => {
    const told = await toldBy(scripted({ pieces: [text], ends: false }), has('lost', 1))
    expect(types(told)).toEqual(['lost'])
    expect(told[0]).toMatchObject({ error: { name: 'LatchkeyConnectionError' } })
  })

  test('events of names that are not known are left out', async () => {
    const server = scripted({
      pieces: [snapshot(4), event('news', {}), ': comment\n\n', tick(4)],
      ends: false,
    })
    expect(types(await toldBy(server, has('tick', 1)))).toEqual(['snapshot 4', 'tick 4'])
  })
})

test('events are read the same however they are cut into pieces and whatever ends their lines', () => {
  const text = 'event: a\nid: 7\ndata: 1\ndata: 2\n\n:x\n\ndata:3\n\nevent: none\n\n'
  const whole = [
    { name: 'a', data: '1\n2' },
    { name: 'message', data: '3' },
  ]
  for (const ending of ['\n', '\r\n', '\r'])
    for (let size = 1; size < text.length; size += 1) {
      const read = eventReader()
      const all = `${text.replaceAll('\n', ending)}:\n`
      const events: unknown[] = []
      for (let at = 0; at < all.length; at += size) events.push(...read(all.slice(at, at + size)))
      expect(events).toEqual(whole)
    }
})

test('a program that is slow to ask gets one snapshot for what would be too much to keep', async () => {
  const queue = new Queue<{ type: string; revision: number }>(({ revision }) => ({
    type: 'snapshot',
    revision,
  }))
  for (let revision = 1; revision <= KEPT_MAX + 5; revision += 1) {
    queue.push({ type: 'change', revision })
    queue.push({ type: 'tick', revision })
    queue.push({ type: 'tick', revision })
  }
  queue.end()
  const kept: { type: string; revision: number }[] = []
  for (let item = await queue.next(); item !== undefined; item = await queue.next()) kept.push(item)
  expect(kept.length).toBeLessThanOrEqual(KEPT_MAX)
  expect(kept[0]?.type).toBe('snapshot')
  expect(kept.at(-1)).toEqual({ type: 'tick', revision: KEPT_MAX + 5 })
})
