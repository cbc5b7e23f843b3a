import type { Secret } from './core/ground/secret.ts'
import type { SharedMemory } from './rates/shared.ts'

/** A call that takes longer fails, because a verify waits for it. */
const ANSWER_MS = 500
const CONNECT_MS = 2_000

/** One connection, from before it stands until it is given up. */
interface Connected {
  client: Bun.RedisClient
  isConnecting: boolean
}

/**
 * Opens Redis or Valkey at a URL. The server need not be reachable yet: until it is, calls fail at once. A call that fails because the
 * connection is lost, or answers too late, begins the next connection. Bun's client would not: it gives up for good after a connection that
 * was accepted and got no answer, and keeps each call that a silent server never answers.
 */
export function openRedis(url: Secret): SharedMemory & { close(): void } {
  let current = connect(url)
  let isClosed = false

  function connectAnew(failed: Connected): void {
    if (isClosed || failed !== current || failed.isConnecting) return
    failed.client.close()
    current = connect(url)
  }

  return {
    async run(script, names, args) {
      const asked = current
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error('Redis does not answer.'))
          connectAnew(asked)
        }, ANSWER_MS)
      })
      try {
        return await Promise.race([
          asked.client.send('EVAL', [script, String(names.length), ...names, ...args]),
          late,
        ])
      } catch (error) {
        if (!asked.client.connected) connectAnew(asked)
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    close() {
      isClosed = true
      current.client.close()
    },
  }
}

function connect(url: Secret): Connected {
  const client = new Bun.RedisClient(url.reveal(), {
    connectionTimeout: CONNECT_MS,
    autoReconnect: false,
    enableOfflineQueue: false,
  })
  const connected: Connected = { client, isConnecting: true }
  const end = () => {
    connected.isConnecting = false
  }
  client.connect().then(end, end)
  return connected
}
