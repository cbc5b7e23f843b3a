import { Client, type ClientConfig } from 'pg'
import type { OtherProcesses } from '../sql/base/database.ts'

const CHANNEL = 'latchkey'
/** The name by which an operator finds the listening session in `pg_stat_activity`. */
const SESSION = 'latchkey wake'
const AGAIN_MS = 1_000
const HEARTBEAT_MS = 2_000
const ANSWER_MS = 3_000

/** The dependencies of waking other processes and of being woken by them. */
export interface NotificationParts {
  /** Notifies on a channel. */
  run: (channel: string) => Promise<void>
  /** How the listening session is opened; null where there can be none, so that this process is not woken. */
  listening: ClientConfig | null
}

/**
 * Wakes other processes on the database, and is woken by them, with `NOTIFY`. It is sent in a statement of its own after a change,
 * because a commit with a notification takes a lock of the whole server. A lost notification costs time and nothing else.
 */
export function createNotifications({ run, listening }: NotificationParts): OtherProcesses & {
  close(): Promise<void>
} {
  const listeners = new Set<() => void>()
  let client: Client | null = null
  let isHeard = false
  let closed = false
  let again: ReturnType<typeof setTimeout> | undefined
  let sending = false
  let sendAgain = false

  function wakeAll(): void {
    for (const wake of listeners) wake()
  }

  async function listen(config: ClientConfig): Promise<void> {
    const session = new Client({ ...config, application_name: SESSION, query_timeout: ANSWER_MS })
    client = session
    let heartbeat: ReturnType<typeof setInterval> | undefined
    const lose = () => {
      if (client !== session) return
      client = null
      isHeard = false
      clearInterval(heartbeat)
      void session.end().catch(() => {})
      if (closed) return
      again = setTimeout(() => void listen(config), AGAIN_MS)
      again.unref()
    }
    session.on('error', lose)
    session.on('end', lose)
    session.on('notification', wakeAll)
    // A connection that was cut silently is noticed only by using it.
    heartbeat = setInterval(() => session.query('select 1').catch(lose), HEARTBEAT_MS)
    heartbeat.unref()
    try {
      await session.connect()
      await session.query(`listen ${CHANNEL}`)
      isHeard = client === session
      // Notifications from before the connection are lost.
      wakeAll()
    } catch {
      lose()
    }
  }

  async function send(): Promise<void> {
    sending = true
    do {
      sendAgain = false
      await run(CHANNEL).catch(() => {})
    } while (sendAgain)
    sending = false
  }

  return {
    announce() {
      if (sending) sendAgain = true
      else void send()
    },
    onChange(wake) {
      listeners.add(wake)
      if (listening !== null && client === null && again === undefined && !closed) void listen(listening)
      return { end: () => listeners.delete(wake), isHeard: () => isHeard }
    },
    async close() {
      closed = true
      clearTimeout(again)
      const session = client
      client = null
      await session?.end().catch(() => {})
    },
  }
}
