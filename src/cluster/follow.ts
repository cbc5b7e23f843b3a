import type { Feed, NodeStore } from '../store/nodes.ts'
import type { Reading } from './lease.ts'
import type { Member } from './member.ts'
import type { Answer, Request } from './messages.ts'
import { createPause } from './pace.ts'

/** The pause after the database has failed to answer. */
const AFTER_FAILURE_MS = 50
/** The longest pause between two checks whether a request is due. */
const IDLE_MS = 10

/** The exchange of one node with the database, for as long as the node lives. */
export interface Following {
  /** Reports that there may be new changes. */
  wake(): void
  /** Resolves with the arrival of a feed that was requested after this call; rejects when the request fails. */
  next(): Promise<void>
  stop(): Promise<void>
}

type FollowedStore = Pick<NodeStore, 'joinNode' | 'renewNode' | 'acknowledge' | 'changesSince'>

/** Sends the requests of a member, one after the other, and passes the answers to it. */
export function follow({
  member,
  store,
  read,
  hear,
}: {
  member: Member
  store: FollowedStore
  read: () => Reading
  /** Called with each answer, after memory was updated; null when the database did not answer. */
  hear: (feed: Feed | null, error: unknown) => void
}): Following {
  const pause = createPause()
  let stopped = false
  let waiting: { resolve(): void; reject(error: unknown): void }[] = []

  async function exchange(request: Request): Promise<void> {
    const sentAt = read()
    const heard = waiting
    waiting = []
    try {
      const answer = await ask(store, request, sentAt.wallMs)
      member.answered(request, sentAt, answer)
      if (answer.told === 'feed') {
        hear(answer.feed, null)
        for (const { resolve } of heard) resolve()
      } else waiting = [...heard, ...waiting]
    } catch (error) {
      hear(null, error)
      for (const { reject } of heard) reject(error)
      await pause.wait(AFTER_FAILURE_MS)
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const request = member.next(read())
      // A timer may fire a moment early.
      if (request === null) await pause.wait(Math.min(IDLE_MS, Math.max(1, member.dueInMs(read()))))
      else await exchange(request)
    }
    for (const { reject } of waiting) reject(new Error(ENDS))
  }

  const running = run()
  return {
    wake() {
      member.wake()
      pause.end()
    },
    next() {
      if (stopped) return Promise.reject(new Error(ENDS))
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        member.wake()
        pause.end()
      })
    },
    async stop() {
      stopped = true
      member.leave()
      pause.end()
      await running
    },
  }
}

const ENDS = 'The node ends.'

async function ask(store: FollowedStore, request: Request, at: number): Promise<Answer> {
  switch (request.ask) {
    case 'join':
      await store.joinNode({ id: request.node, leaseMs: request.leaseMs, at })
      return { told: 'joined' }
    case 'renew': {
      const { node: id, applied, since } = request
      const feed = await store.renewNode({ id, applied, at }, since)
      return feed === null ? { told: 'evicted' } : { told: 'feed', feed }
    }
    case 'acknowledge': {
      const { node: id, applied, since } = request
      const feed = await store.acknowledge({ id, applied }, since)
      return feed === null ? { told: 'evicted' } : { told: 'feed', feed }
    }
    case 'poll':
      return { told: 'feed', feed: await store.changesSince(request.since) }
  }
}
