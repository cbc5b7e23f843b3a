import type { Secret } from './core/ground/secret.ts'
import type { SharedMemory } from './rates/shared.ts'

/** A call that takes longer fails, because a verify waits for it. */
const ANSWER_MS = 500
const CONNECT_MS = 2_000

/** Opens Redis or Valkey at a URL. The server need not be reachable yet: until it is, calls fail at once. */
export function openRedis(url: Secret): SharedMemory & { close(): void } {
  const client = new Bun.RedisClient(url.reveal(), {
    connectionTimeout: CONNECT_MS,
    autoReconnect: true,
    maxRetries: 4_000_000_000,
    enableOfflineQueue: false,
  })
  client.connect().catch(() => {})
  return {
    async run(script, names, args) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('Redis does not answer.')), ANSWER_MS)
      })
      try {
        return await Promise.race([
          client.send('EVAL', [script, String(names.length), ...names, ...args]),
          late,
        ])
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => client.close(),
  }
}
