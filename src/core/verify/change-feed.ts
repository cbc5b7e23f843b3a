// Tests: test/wire/native/changes.test.ts
import type { Change, Feed, NodeStore } from '../../store/nodes.ts'
import { callerOf, requireAbility } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { createFairPlaces, type HeldPlace } from '../ground/fair-places.ts'
import { Fault } from '../ground/faults.ts'
import type { Revision } from '../types.ts'

/** An event for a follower of the changes. */
export type News =
  /** The changes in between are unknown: a follower forgets everything that it remembers, and continues from this revision. */
  | { told: 'snapshot'; revision: Revision }
  /** Every change after the last event up to this revision; none of them when there was none. */
  | { told: 'changes'; revision: Revision; changes: readonly Change[] }

/** The changes of records as they are made, on any node, for programs that keep facts of their own. */
export interface ChangeFeed {
  /**
   * Follows the changes after a revision, or from now on for null. Needs FOLLOW_CHANGES; throws `server_busy` when too many callers
   * follow, and `store_unavailable` when the changes cannot be read now. The caller is judged again before each event, which throws
   * the refusal. It throws `server_busy` as well once a caller with fewer followers has got the place of this one. Events come many
   * times a second while the store answers, none while it does not. Ends with {@link ChangeFeed.close}, and after an hour. `release` must
   * be called when nobody listens any more.
   */
  follow(
    call: Call,
    since: Revision | null,
  ): Promise<{ news: AsyncGenerator<News, void, void>; release(): void }>
  /** Ends all followers, so that a server that stops need not wait for them. */
  close(): void
}

/** How often the store is asked for changes while somebody follows. */
const LOOK_MS = 100
/** How long a store that does not answer is waited for. */
const SILENT_MS = 5_000
/** The changes that are kept for followers that are a little behind; a follower further behind gets a snapshot. */
const KEPT = 1_000

/** Builds it. */
export function createChangeFeed({
  store,
  authority,
  clock,
}: {
  store: Pick<NodeStore, 'changesSince'>
  authority: Pick<Authority, 'again'>
  clock: Clock
}): ChangeFeed {
  const places = createFairPlaces({ all: MAX.followers, perUser: MAX.followersPerUser })
  const closing = new AbortController()
  const latest = createLatest(store, closing.signal)

  function enter(call: Call): HeldPlace {
    const place = closing.signal.aborted ? null : places.take(callerOf(call.principal))
    if (place === null) throw new Fault('server_busy', { message: TOO_MANY })
    return place
  }

  /** The first event, before the follower gets any promise. */
  async function firstFor(call: Call, since: Revision | null): Promise<News> {
    const first = await store.changesSince(since)
    if (first.isUndecided) throw new Fault('store_unavailable', { internal: 'the database has lost changes' })
    await judge(call)
    return newsOf(first, since)
  }

  async function* newsFor(call: Call, place: HeldPlace, first: News): AsyncGenerator<News, void, void> {
    const endsAt = clock.now() + MAX.followMs
    let news = first
    let epoch = latest.enter(news.revision)
    try {
      while (true) {
        yield news
        if (!(await latest.look()) || clock.now() >= endsAt) return
        if (place.isLost()) throw new Fault('server_busy', { message: TOO_MANY })
        await judge(call)
        news = latest.after(news.revision, epoch)
        epoch = latest.epoch()
      }
    } finally {
      latest.leave()
    }
  }

  async function judge(call: Call): Promise<void> {
    requireFollowing(await authority.again(call))
  }

  return {
    async follow(call, since) {
      requireFollowing(call)
      const place = enter(call)
      try {
        const first = await firstFor(call, since)
        return { news: newsFor(call, place, first), release: place.release }
      } catch (error) {
        place.release()
        throw error
      }
    },
    close: () => closing.abort(),
  }
}

const TOO_MANY = 'Too many connections follow the changes. One program needs only one connection.'

function requireFollowing({ principal }: Call): void {
  requireAbility(principal, 'FOLLOW_CHANGES')
}

function newsOf({ revision, changes }: Feed, since: Revision | null): News {
  // A revision in the future belongs to a database that has lost changes.
  if (since === null || changes === null || since > revision) return { told: 'snapshot', revision }
  return { told: 'changes', revision, changes }
}

/** The latest changes, read once for all followers, and only while there are some. */
function createLatest(store: Pick<NodeStore, 'changesSince'>, ending: AbortSignal) {
  let known: Revision | null = null
  // Without gaps; the last one has the known revision.
  let recent: Change[] = []
  let looking: Promise<boolean> | null = null
  // The number of times that the database was found to have lost changes.
  let epoch = 0
  let listeners = 0

  async function lookOnce(): Promise<boolean> {
    for (let silentMs = 0; silentMs < SILENT_MS; silentMs += LOOK_MS) {
      await pause(LOOK_MS, ending)
      if (ending.aborted) return false
      const feed = await store.changesSince(known).catch(() => null)
      if (feed === null || feed.isUndecided) continue
      const isBehind = known !== null && feed.revision < known
      if (isBehind) epoch += 1
      const isWhole = known !== null && feed.changes !== null && !isBehind
      recent = isWhole ? [...recent, ...(feed.changes ?? [])].slice(-KEPT) : []
      known = feed.revision
      return true
    }
    throw new Fault('store_unavailable', { internal: 'no changes could be read' })
  }

  return {
    /** A new listener, who knows everything up to a revision; returns the epoch. */
    enter(at: Revision): number {
      // The changes that were kept for the last follower are outdated by now.
      if (listeners === 0) [known, recent] = [at, []]
      listeners += 1
      return epoch
    },
    leave() {
      listeners -= 1
    },
    /** Resolves after the next read, which all share; false when there are no more. */
    look(): Promise<boolean> {
      looking ??= lookOnce().finally(() => {
        looking = null
      })
      return looking
    },
    epoch: () => epoch,
    /** The changes after a revision of an epoch. */
    after(since: Revision, of: number): News {
      const revision = known ?? since
      const oldest = revision - recent.length
      if (of !== epoch || since < oldest) return { told: 'snapshot', revision }
      // The read may have begun before the caller's own read.
      if (since >= revision) return { told: 'changes', revision: since, changes: [] }
      return { told: 'changes', revision, changes: recent.slice(since - oldest) }
    },
  }
}

/** Waits this long, or until it is ended. */
function pause(ms: number, ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      ending.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    ending.addEventListener('abort', over)
    if (ending.aborted) over()
  })
}
