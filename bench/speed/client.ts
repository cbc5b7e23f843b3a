// The callers, in a process of their own, so that they can have a core of their own. Told over IPC what to send.

import { type Connection, connect } from './connection.ts'

/** Requests to one server, sent in turn. */
export interface Load {
  port: number
  /** Each a whole request, as text. */
  requests: string[]
}

/** As many requests as the server answers: each connection sends the next one when it has its answer. */
export interface ClosedTask {
  kind: 'closed'
  load: Load
  connections: number
  ms: number
}

/** Requests at moments that do not wait for answers; each goes to one of the loads, at random. */
export interface OpenTask {
  kind: 'open'
  loads: Load[]
  connections: number
  perSecond: number
  ms: number
}

/** What a closed task brought. */
export interface ClosedResult {
  answered: number
  failed: number
  ms: number
  /** Processor time of the callers themselves, in microseconds for each request. */
  clientMicros: number
}

/** What an open task brought for each load: milliseconds from the moment a request was due to its answer, sorted. */
export interface OpenResult {
  latencies: number[][]
  failed: number
}

const pools = new Map<number, Connection[]>()

/** So many connections to a server, those of the last time as far as it has kept them. */
async function poolOf(port: number, connections: number): Promise<Connection[]> {
  const kept = (pools.get(port) ?? []).filter((connection) => connection.isOpen())
  const missing = Array.from({ length: Math.max(0, connections - kept.length) }, () => connect(port))
  const pool = [...kept, ...(await Promise.all(missing))]
  pools.set(port, pool)
  return pool.slice(0, connections)
}

async function runClosed({ load, connections, ms }: ClosedTask): Promise<ClosedResult> {
  const pool = await poolOf(load.port, connections)
  const requests = load.requests.map((text) => Buffer.from(text))
  let next = 0
  let answered = 0
  let failed = 0
  let open = pool.length
  const cpu = process.cpuUsage()
  const began = performance.now()
  const end = began + ms
  let ended = end
  const over = Promise.withResolvers<void>()
  for (const connection of pool) {
    const send = () => {
      next += 1
      connection.send(requests[next % requests.length] ?? Buffer.alloc(0), ({ passed }) => {
        const now = performance.now()
        if (passed) answered += 1
        else failed += 1
        if (now < end) return send()
        ended = now
        open -= 1
        if (open === 0) over.resolve()
      })
    }
    send()
  }
  await over.promise
  const { user, system } = process.cpuUsage(cpu)
  return { answered, failed, ms: ended - began, clientMicros: (user + system) / Math.max(1, answered) }
}

async function runOpen({ loads, connections, perSecond, ms }: OpenTask): Promise<OpenResult> {
  const idle = await Promise.all(loads.map(async ({ port }) => [...(await poolOf(port, connections))]))
  const requests = loads.map((load) => load.requests.map((text) => Buffer.from(text)))
  const latencies: number[][] = loads.map(() => [])
  const late: number[][] = loads.map(() => [])
  let failed = 0
  let waiting = 0

  function send(load: number, dueAt: number): void {
    const connection = idle[load]?.pop()
    if (connection === undefined) {
      // Nobody is free to send it: it counts from when it was due all the same.
      late[load]?.push(dueAt)
      return
    }
    const texts = requests[load] ?? []
    connection.send(texts[Math.floor(Math.random() * texts.length)] ?? Buffer.alloc(0), ({ passed }) => {
      latencies[load]?.push(performance.now() - dueAt)
      if (!passed) failed += 1
      waiting -= 1
      idle[load]?.push(connection)
      const next = late[load]?.shift()
      if (next !== undefined) send(load, next)
    })
  }

  const began = performance.now()
  let dueAt = began
  while (dueAt < began + ms || waiting > 0) {
    const now = performance.now()
    if (now > began + ms + 10_000) throw new Error('The server does not keep up with half of its load.')
    for (; dueAt <= now && dueAt < began + ms; dueAt += (-Math.log(1 - Math.random()) * 1_000) / perSecond) {
      waiting += 1
      send(Math.floor(Math.random() * loads.length), dueAt)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { latencies: latencies.map((each) => each.sort((one, other) => one - other)), failed }
}

process.on('message', async (task: ClosedTask | OpenTask) => {
  try {
    process.send?.(task.kind === 'closed' ? await runClosed(task) : await runOpen(task))
  } catch (error) {
    process.send?.({ failure: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))
