import { AbortedFailure, type TimeoutFailure } from './failures.ts'

/** The events that end work before it is done. */
export interface Bounds {
  /** The caller's own. */
  signal?: AbortSignal | null | undefined
  /** In milliseconds; absent or not above 0: unlimited. */
  timeoutMs?: number | undefined
  /** Why it ended when the time is over. */
  late: () => TimeoutFailure
}

/** The longest timer, in milliseconds: a longer one would fire at once. */
export const TIMER_MS: number = 2 ** 31 - 1

/**
 * Does work that ends in time. Work that ignores its signal is not waited for.
 * @throws TimeoutFailure, AbortedFailure, or the error of the work.
 */
export async function within<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, timeoutMs = 0, late } = bounds
  if (signal?.aborted) throw aborted(signal)
  const controller = new AbortController()
  const interruption = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
  })
  const forget = signal && onAbort(signal, () => controller.abort(aborted(signal)))
  const timed = timeoutMs > 0 && timeoutMs <= TIMER_MS
  const timer = timed ? setTimeout(() => controller.abort(late()), timeoutMs) : undefined
  try {
    return await Promise.race([work(controller.signal), interruption])
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    forget?.()
  }
}

function aborted(signal: AbortSignal): AbortedFailure {
  return new AbortedFailure('The call was aborted.', { cause: signal.reason })
}

interface Waiting {
  acts: Set<() => void>
  listener: () => void
}

const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Does something when the signal aborts, until the answer is called. However many calls wait for one signal, it has one
 * listener: runtimes warn of a leak where there are more than ten.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const { acts, listener } = waiting.get(signal) ?? waitingFor(signal)
  acts.add(act)
  return () => {
    acts.delete(act)
    if (acts.size > 0) return
    signal.removeEventListener('abort', listener)
    waiting.delete(signal)
  }
}

function waitingFor(signal: AbortSignal): Waiting {
  const acts = new Set<() => void>()
  const listener = () => {
    for (const act of acts) act()
  }
  signal.addEventListener('abort', listener)
  const made = { acts, listener }
  waiting.set(signal, made)
  return made
}
