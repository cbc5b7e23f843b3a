import { type ServerProcess, startServer } from '../support/server.ts'

/** One request of the client, under an id of its own, and whether it was acknowledged. */
interface Journaled {
  /** `settle` reserves first, and is done when the settlement is; `abandon` is charged when its second is over. */
  kind: 'usage' | 'charge' | 'reserve' | 'settle' | 'abandon' | 'correct'
  id: string
  key: number
  /** Nano-USD. */
  amount: bigint
  acknowledged: boolean
  /** Whether the hold of a `settle` was answered; its settlement may not have been. */
  held: boolean
}

/** The counts of a run, including the number of chances to break a promise. */
export interface CrashReport {
  kills: number
  /** Requests acknowledged before a kill, all of which were looked up afterwards. */
  acknowledged: number
  /** Kills that came while requests were under way. */
  killsWithRequestsUnderWay: number
  /** Requests on disk although their acknowledgement never arrived: the kill came between commit and answer. */
  committedUnanswered: number
  /** Acknowledged requests that are missing after the restart. Must be empty. */
  lost: string[]
  /** Requests that a healthy server did not carry out after a restart, with its answer. Must be empty. */
  refused: string[]
  /** Keys whose sums differ from the journal, after every open request was repeated. Must be empty. */
  wrongSums: string[]
}

const KEYS = 3
const CLIENTS = 16
/** Settlements cost 1 to 7, so some give back and some overdraw. */
const HELD_TO_SETTLE = 4n
/** The corrected amount of an event; the smallest events are corrected completely. */
const TAKEN_BACK = 1n
const NANO_PER_USD = 1_000_000_000n

/**
 * Kills a server with SIGKILL repeatedly while clients report usage, correct it, charge, reserve and settle. After each restart it looks
 * up every acknowledged request, repeats the others, and adds everything up.
 */
export async function runCrashLoop(options: {
  databaseUrl: string
  kills: number
  log?: (line: string) => void
}): Promise<CrashReport> {
  const settings = {
    LATCHKEY_DATABASE_URL: options.databaseUrl,
    LATCHKEY_ROOT_KEY: ROOT_KEY,
    LATCHKEY_LOG_LEVEL: 'warn',
    // Reservations stay open until the last kill.
    LATCHKEY_HOLDS_PER_KEY: '100000',
    LATCHKEY_HOLDS_PER_USER: '1000000',
  }
  const journal: Journaled[] = []
  const report: CrashReport = {
    kills: 0,
    acknowledged: 0,
    killsWithRequestsUnderWay: 0,
    committedUnanswered: 0,
    lost: [],
    refused: [],
    wrongSums: [],
  }
  let server = await startServer(settings)
  const keys = await Promise.all(Array.from({ length: KEYS }, (_, index) => makeKey(server, index)))
  for (let round = 0; round < options.kills; round += 1) {
    await workUntilKilled(server, { keys, journal, round })
    report.kills += 1
    if (journal.some((each) => !each.acknowledged)) report.killsWithRequestsUnderWay += 1
    server = await startServer(settings)
    await check(server, { keys, journal, report })
    options.log?.(
      `kill ${report.kills}: ${journal.length} things asked, ${report.committedUnanswered} on disk unanswered`,
    )
  }
  report.acknowledged = journal.length
  await server.end('SIGTERM')
  return report
}

interface Key {
  id: string
  secret: string
}

const ROOT_KEY = 'root-secret-of-the-crash-tests-0123456789'

async function send(server: ServerProcess, method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' }
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(`${server.url}${path}`, init)
  return { status: response.status, json: (await response.json()) as Record<string, never> }
}

async function makeKey(server: ServerProcess, index: number): Promise<Key> {
  const limits = { total: '1000000' }
  const { json } = await send(server, 'POST', '/v2/keys', { name: `crash ${index}`, limits })
  const { key, secret } = json as unknown as { key: { id: string }; secret: string }
  return { id: key.id, secret }
}

async function workUntilKilled(
  server: ServerProcess,
  { keys, journal, round }: { keys: Key[]; journal: Journaled[]; round: number },
): Promise<void> {
  let alive = true
  let next = 0
  const client = async (number: number) => {
    while (alive) {
      const kinds = ['usage', 'charge', 'reserve', 'settle', 'abandon', 'correct'] as const
      const kind = kinds[next % kinds.length] ?? 'usage'
      const entry: Journaled = {
        kind,
        id: `${round}-${number}-${next}`,
        key: next % KEYS,
        amount: BigInt(1 + (next % 7)),
        acknowledged: false,
        held: false,
      }
      next += 1
      journal.push(entry)
      try {
        entry.acknowledged = (await ask(server, keys, entry)).isDone
      } catch {
        return
      }
    }
  }
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number))
  // At no particular moment of the commit cycle.
  await Bun.sleep(50 + Math.random() * 250)
  await server.end('SIGKILL')
  alive = false
  await Promise.all(clients)
}

/** The server's answer to one request, and whether it acknowledges it. */
interface Told {
  isDone: boolean
  told: string
}

async function ask(server: ServerProcess, keys: Key[], entry: Journaled): Promise<Told> {
  const key = keys[entry.key]
  if (key === undefined) throw new Error(`no key ${entry.key}`)
  const amount = usd(entry.amount)
  switch (entry.kind) {
    case 'usage':
      return reportUsage(server, key, entry)
    case 'correct': {
      const reported = await reportUsage(server, key, entry)
      if (!reported.isDone) return reported
      const { id } = entry
      const order = { id, keyId: key.id, eventId: id, amount: usd(TAKEN_BACK), reason: 'a mistake' }
      return told(await send(server, 'POST', '/v2/usage/corrections', order), 201)
    }
    case 'charge': {
      const order = { key: key.secret, charge: amount, requestId: entry.id }
      const answer = told(await send(server, 'POST', '/v2/verify', order), 200)
      return { ...answer, isDone: answer.told.includes('"code":"VALID"') }
    }
    case 'reserve':
    case 'abandon':
      return reserve(server, key, entry)
    case 'settle': {
      const held = await reserve(server, key, entry)
      if (!held.isDone) return held
      entry.held = true
      return told(await send(server, 'POST', `/v2/reservations/${held.id}/settle`, { amount }), 200)
    }
  }
}

async function reportUsage(server: ServerProcess, key: Key, { id, amount }: Journaled): Promise<Told> {
  const events = [{ id, keyId: key.id, amount: usd(amount) }]
  return told(await send(server, 'POST', '/v2/usage', { events }), 200)
}

/** Holds money under the entry's id; returns the reservation, which stays the first one however often the call is repeated. */
async function reserve(
  server: ServerProcess,
  key: Key,
  { kind, id, amount }: Journaled,
): Promise<Told & { id: string }> {
  const held = kind === 'settle' ? HELD_TO_SETTLE : amount
  const ending = kind === 'abandon' ? { ttlSeconds: 1, onExpiry: 'settle' } : { ttlSeconds: 86_400 }
  const body = { keyId: key.id, amount: usd(held), requestId: id, ...ending }
  const answer = await send(server, 'POST', '/v2/reservations', body)
  return { ...told(answer, 201), id: (answer.json as unknown as { id: string }).id }
}

function told({ status, json }: Awaited<ReturnType<typeof send>>, done: number): Told {
  return { isDone: status === done, told: `${status} ${JSON.stringify(json)}` }
}

async function check(
  server: ServerProcess,
  { keys, journal, report }: { keys: Key[]; journal: Journaled[]; report: CrashReport },
): Promise<void> {
  await abandonedEnd(server, keys)
  const before = await sums(server, keys)
  for (const [index, held] of before.entries()) {
    const acknowledged = sumOf(journal, (each) => each.key === index && each.acknowledged)
    // Sums may contain more than the acknowledged amounts (a commit whose answer was cut off), never less.
    if (held.spent < acknowledged.spent || held.reserved < acknowledged.reserved) {
      report.lost.push(`key ${index}: ${JSON.stringify({ held, acknowledged }, printed)}`)
    }
  }
  const open = journal.filter((each) => !each.acknowledged)
  const unanswered = (await sums(server, keys)).reduce((sum, each) => sum + each.spent + each.reserved, 0n)
  const answered = sumOf(journal, (each) => each.acknowledged)
  const halfWay = BigInt(open.filter(({ held }) => held).length) * HELD_TO_SETTLE
  if (unanswered > answered.spent + answered.reserved + halfWay) report.committedUnanswered += 1
  for (const entry of open) {
    const answer = await ask(server, keys, entry)
    entry.acknowledged = answer.isDone
    if (!answer.isDone) report.refused.push(`${entry.kind} ${entry.id}: ${answer.told}`)
  }
  await abandonedEnd(server, keys)
  for (const [index, held] of (await sums(server, keys)).entries()) {
    const expected = sumOf(journal, (each) => each.key === index)
    if (held.spent !== expected.spent || held.reserved !== expected.reserved) {
      report.wrongSums.push(`key ${index}: ${JSON.stringify({ held, expected }, printed)}`)
    }
  }
}

/** Waits until the abandoned holds have been charged: then only the open ones are held. */
async function abandonedEnd(server: ServerProcess, keys: Key[]): Promise<void> {
  await Bun.sleep(1_100)
  for (let round = 0; round < 200; round += 1) {
    const held = (await sums(server, keys)).map(({ reserved }) => reserved)
    const open = await Promise.all(keys.map(({ id }) => openSum(server, id)))
    if (held.every((amount, index) => amount === open[index])) return
    await Bun.sleep(50)
  }
  throw new Error('What was abandoned is not charged.')
}

async function openSum(server: ServerProcess, keyId: string): Promise<bigint> {
  let sum = 0n
  let cursor: string | null = ''
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`
    const path = `/v2/reservations?keyId=${keyId}&state=open&limit=100${after}`
    const { json } = await send(server, 'GET', path)
    const page = json as unknown as { data: { amount: string }[]; nextCursor: string | null }
    for (const { amount } of page.data) sum += nano(amount)
    cursor = page.nextCursor
  }
  return sum
}

function sumOf(
  journal: readonly Journaled[],
  of: (entry: Journaled) => boolean,
): { spent: bigint; reserved: bigint } {
  const sum = { spent: 0n, reserved: 0n }
  for (const entry of journal) {
    if (!of(entry)) continue
    if (entry.kind === 'reserve') sum.reserved += entry.amount
    else sum.spent += entry.kind === 'correct' ? entry.amount - TAKEN_BACK : entry.amount
  }
  return sum
}

async function sums(server: ServerProcess, keys: Key[]): Promise<{ spent: bigint; reserved: bigint }[]> {
  return Promise.all(
    keys.map(async ({ id }) => {
      const { json } = await send(server, 'GET', `/v2/keys/${id}`)
      const { budget } = json as unknown as { budget: { spent: string; reserved: string }[] }
      const [line] = budget
      return { spent: nano(line?.spent ?? '0'), reserved: nano(line?.reserved ?? '0') }
    }),
  )
}

function usd(amount: bigint): string {
  return `0.${amount.toString().padStart(9, '0')}`
}

function nano(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(9, '0'))
}

function printed(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
