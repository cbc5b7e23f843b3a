import type { AuditStore } from '../../store/audit.ts'
import type { Change } from '../../store/nodes.ts'
import { callerOf, requireAbility } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { createFairPlaces, type HeldPlace } from '../ground/fair-places.ts'
import { Fault } from '../ground/faults.ts'
import { createSharedWork } from '../ground/shared-work.ts'
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
/** After so long without a read, the kept changes count no more. */
const UNREAD_MS = 1_000

/** An event, and the epoch of its revision. */
interface Told {
  news: News
  epoch: number
}

/** Builds it. */
export function createChangeFeed({
  store,
  authority,
  clock,
}: {
  store: Pick<AuditStore, 'recentChanges'>
  authority: Pick<Authority, 'again'>
  clock: Clock
}): ChangeFeed {
  const places = createFairPlaces({ all: MAX.followers, perUser: MAX.followersPerUser })
  const closing = new AbortController()
  const latest = createLatest(store, clock, closing.signal)

  function enter(call: Call): HeldPlace {
    const place = closing.signal.aborted ? null : places.take(callerOf(call.principal))
    if (place === null) throw new Fault('server_busy', { message: TOO_MANY })
    return place
  }

  async function* newsFor(call: Call, place: HeldPlace, first: Told): AsyncGenerator<News, void, void> {
    const endsAt = clock.now() + MAX.followMs
    let told = first
    while (true) {
      yield told.news
      if (!(await latest.look()) || clock.now() >= endsAt) return
      if (place.isLost()) throw new Fault('server_busy', { message: TOO_MANY })
      await judge(call)
      told = latest.after(told)
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
        // The first event, before the follower gets any promise.
        await latest.read()
        await judge(call)
        return { news: newsFor(call, place, latest.first(since)), release: place.release }
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

/** The latest changes, read for all who follow them at once: whoever connects again and again makes no read of its own. */
function createLatest(store: Pick<AuditStore, 'recentChanges'>, clock: Clock, ending: AbortSignal) {
  let known: Revision | null = null
  // Without gaps; the last one has the known revision.
  let recent: readonly Change[] = []
  let incarnation = ''
  let readAt: Instant | null = null
  // The number of times that the database was found to have lost changes.
  let epoch = 0
  let looking: Promise<boolean> | null = null

  /** Resolves after a read that began after this call. */
  const read = createSharedWork(async () => {
    const isOld = readAt === null || Math.abs(clock.now() - readAt) > UNREAD_MS
    const after = isOld ? null : known
    const found = await store.recentChanges(after)
    if (found.isUndecided) {
      readAt = null
      throw new Fault('store_unavailable', { internal: 'the database has lost changes' })
    }
    if (known !== null && found.revision < known) epoch += 1
    // A database that was replaced may have other changes than those that are kept.
    const isSame = after !== null && found.incarnation === incarnation
    const isWhole = isSame && found.changes.length === found.revision - after
    recent = (isWhole ? [...recent, ...found.changes] : found.changes).slice(-KEPT)
    known = found.revision
    incarnation = found.incarnation
    readAt = clock.now()
  })

  async function lookOnce(): Promise<boolean> {
    for (let silentMs = 0; silentMs < SILENT_MS; silentMs += LOOK_MS) {
      await pause(LOOK_MS, ending)
      if (ending.aborted) return false
      const isRead = await read().then(
        () => true,
        () => false,
      )
      if (isRead) return true
    }
    throw new Fault('store_unavailable', { internal: 'no changes could be read' })
  }

  function after(since: Revision, of: number): News {
    const revision = known ?? since
    const oldest = revision - recent.length
    if (of !== epoch || since < oldest) return { told: 'snapshot', revision }
    return { told: 'changes', revision, changes: recent.slice(since - oldest) }
  }

  return {
    read,
    /** Resolves after the next read, which all followers share; false when there are no more. */
    look(): Promise<boolean> {
      looking ??= lookOnce().finally(() => {
        looking = null
      })
      return looking
    },
    /** The first news after a read, for a follower that knows a revision, or none. */
    first(since: Revision | null): Told {
      const revision = known ?? 0
      // A revision in the future belongs to a database that has lost changes.
      const isKnown = since !== null && since <= revision
      return { news: isKnown ? after(since, epoch) : { told: 'snapshot', revision }, epoch }
    },
    /** The changes after the revision of an event. */
    after: ({ news, epoch: of }: Told): Told => ({ news: after(news.revision, of), epoch }),
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
