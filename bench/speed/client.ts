// The callers, in a process of their own, so that they can have a core of their own. They get their tasks over IPC.

import { type Connection, connect } from './connection.ts'

/** Requests to one server, sent in turn. */
export interface Load {
  port: number
  /** Each is a whole request, as text. */
  requests: string[]
}

/** A closed loop: each connection sends its next request when it has its answer. */
export interface ClosedTask {
  kind: 'closed'
  load: Load
  connections: number
  ms: number
}

/** An open loop: requests are sent at times that do not depend on answers; each goes to one of the loads, at random. */
export interface OpenTask {
  kind: 'open'
  loads: Load[]
  connections: number
  perSecond: number
  ms: number
}

/** The result of a closed task. */
export interface ClosedResult {
  answered: number
  failed: number
  ms: number
  /** The callers' own processor time, in microseconds per request. */
  clientMicros: number
}

/** The result of an open task, for each load: milliseconds from the time when a request was due to its answer, sorted. */
export interface OpenResult {
  latencies: number[][]
  failed: number
}

const pools = new Map<number, Connection[]>()

/** This many connections to a server; connections that are still open from the last task are reused. */
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
    // In turn: servers close connections that nobody uses for a while, and a request on one of them would never be answered.
    const connection = idle[load]?.shift()
    if (connection === undefined) {
      // No connection is free: the request still counts from the time when it was due.
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
