import { Queue } from './queue.ts'

/** The credential that asked for work: work is shared by user first, and then by the user's keys. */
export interface Caller {
  userId: string
  keyId: string
}

/**
 * A queue that serves its callers in turn. Users share the work evenly by weight, however much of it each has waiting and however many
 * keys it uses; the keys of one user take turns, and the items of one key keep their order. A user with little work is served at once,
 * however much others have, as long as it takes less than its share.
 */
export interface Turns<T> {
  /** Puts an item behind the others of its caller; null stands for the server itself, which is one more user. */
  add(caller: Caller | null, item: T, weight: number): void
  /**
   * Takes items until their weight reaches the bound; the last may pass it. Users that are passed over keep their items and their place. Empty
   * only when nothing else waits.
   */
  take(weightMax: number, isPassedOver?: (userId: string) => boolean): T[]
  /** How many items wait. */
  count(): number
  /** How many users wait, besides the server itself. */
  users(): number
}

interface Waiting<T> {
  item: T
  weight: number
}

/** The work of one key, which is not empty. */
interface Line<T> {
  keyId: string
  items: Queue<Waiting<T>>
}

/** The work of one user. */
interface Party<T> {
  userId: string
  byKey: Map<string, Line<T>>
  /** The same lines; the first has the next turn. */
  lines: Queue<Line<T>>
  /** Where the item ended that the user was served last, in {@link createTurns}'s count of weight. */
  served: number
  /** Where its next item ends. */
  next: number
}

const SERVER = ''
const IDLE_PARTIES = 64

/**
 * Builds the queue, by weighted fair queueing (Demers, Keshav and Shenker, 1989): one count of weight advances with the served items,
 * and the next user is the one whose next item would end first if all were served at the same time, bit by bit. An item begins at the
 * count, or at the end of the user's last item if that is later. So an idle user saves up nothing, and nobody gains by ending early.
 */
export function createTurns<T>(): Turns<T> {
  /** All users that wait, and those that were served beyond the count. */
  const parties = new Map<string, Party<T>>()
  const waiting = createHeap<Party<T>>((one, other) => one.next - other.next)
  let count = 0
  let users = 0
  let now = 0

  function partyOf(userId: string): Party<T> {
    const known = parties.get(userId)
    if (known !== undefined) return known
    const party = { userId, byKey: new Map(), lines: new Queue<Line<T>>(), served: 0, next: 0 }
    parties.set(userId, party)
    return party
  }

  /** Puts a user with waiting items into its place among the others. */
  function queue(party: Party<T>): void {
    party.next = Math.max(now, party.served) + (headOf(party)?.weight ?? 0)
    waiting.push(party)
  }

  function forget(): void {
    if (waiting.size() === 0) {
      parties.clear()
      now = 0
    } else if (parties.size > 2 * waiting.size() + IDLE_PARTIES)
      for (const [userId, { byKey, served }] of parties)
        if (byKey.size === 0 && served <= now) parties.delete(userId)
  }

  function takeNext(party: Party<T>): Waiting<T> | undefined {
    const item = takeFrom(party)
    if (item === undefined) return undefined
    now = Math.max(now, party.next - item.weight)
    party.served = party.next
    count -= 1
    if (party.byKey.size > 0) queue(party)
    else if (party.userId !== SERVER) users -= 1
    return item
  }

  return {
    add(caller, item, weight) {
      const userId = caller?.userId ?? SERVER
      const party = partyOf(userId)
      const isNew = party.byKey.size === 0
      lineOf(party, caller?.keyId ?? '').items.add({ item, weight })
      count += 1
      if (!isNew) return
      if (userId !== SERVER) users += 1
      queue(party)
    },
    take(weightMax, isPassedOver = () => false) {
      const taken: T[] = []
      const passedOver: Party<T>[] = []
      for (let weight = 0; weight < weightMax; ) {
        const party = waiting.pop()
        if (party === undefined) break
        if (isPassedOver(party.userId)) {
          passedOver.push(party)
          continue
        }
        const item = takeNext(party)
        if (item === undefined) break
        taken.push(item.item)
        weight += item.weight
      }
      for (const party of passedOver) waiting.push(party)
      forget()
      return taken
    },
    count: () => count,
    users: () => users,
  }
}

function lineOf<T>({ byKey, lines }: Party<T>, keyId: string): Line<T> {
  const known = byKey.get(keyId)
  if (known !== undefined) return known
  const line = { keyId, items: new Queue<Waiting<T>>() }
  byKey.set(keyId, line)
  lines.add(line)
  return line
}

function headOf<T>({ lines }: Party<T>): Waiting<T> | undefined {
  return lines.peek()?.items.peek()
}

function takeFrom<T>({ byKey, lines }: Party<T>): Waiting<T> | undefined {
  const line = lines.take()
  const head = line?.items.take()
  if (line === undefined || head === undefined) return undefined
  // The key goes behind the user's other keys, unless it has no more items.
  if (line.items.size > 0) lines.add(line)
  else byKey.delete(line.keyId)
  return head
}

/** A binary heap: the smallest comes first. */
function createHeap<E>(compare: (one: E, other: E) => number) {
  const entries: E[] = []
  const isLess = (one: number, other: number) => compare(entries[one] as E, entries[other] as E) < 0

  function swap(one: number, other: number): void {
    const entry = entries[one] as E
    entries[one] = entries[other] as E
    entries[other] = entry
  }

  function sink(from: number): void {
    for (let at = from; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < entries.length && isLess(child, least)) least = child
      if (least === at) return
      swap(at, least)
      at = least
    }
  }

  return {
    size: () => entries.length,
    push(entry: E): void {
      let at = entries.push(entry) - 1
      for (let parent = (at - 1) >> 1; at > 0 && isLess(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent)
        at = parent
      }
    },
    pop(): E | undefined {
      const [first] = entries
      const last = entries.pop()
      if (entries.length > 0) {
        entries[0] = last as E
        sink(0)
      }
      return first
    },
  }
}
