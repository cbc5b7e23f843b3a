// The hostile tenant, in a process of its own: it makes one kind of trouble as fast as it gets answers, until it is stopped.

import type { BareServer } from './bare.ts'
import { HOSTILE_KINDS, type HostileKind, type HostileTenant } from './hostile-kinds.ts'

/** The number of attempts by status; 0 is no answer. */
export interface HostileResult {
  tries: number
  statuses: Record<number, number>
}

/** What the process is told to do. An attack goes to the tenant's server, or `at` another one. */
export type HostileOrder =
  | { tenant: HostileTenant }
  | { attack: HostileKind; at?: BareServer }
  | { stop: true }

let tenant: HostileTenant
let running = false

async function attack(kind: HostileKind, at: BareServer = tenant): Promise<HostileResult> {
  const { workers, attempt } = HOSTILE_KINDS[kind]
  const result: HostileResult = { tries: 0, statuses: {} }
  const there = { ...tenant, url: at.url, port: at.port }
  running = true
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let round = 0; running; round += 1) {
        result.tries += 1
        const status = await attempt(there, worker + workers * round).catch(() => 0)
        result.statuses[status] = (result.statuses[status] ?? 0) + 1
        // Without answers it must not loop at full speed.
        if (status === 0) await Bun.sleep(5)
      }
    }),
  )
  return result
}

process.on('message', async (order: HostileOrder) => {
  if ('tenant' in order) tenant = order.tenant
  else if ('stop' in order) running = false
  else process.send?.(await attack(order.attack, order.at))
})
process.on('disconnect', () => process.exit(0))
