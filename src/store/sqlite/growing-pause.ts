const MOST_MS = 60_000

/**
 * Calls `attempt` again and again until it is stopped. When it returns false, which says that it worked in vain, the pause before the
 * next call is twice as long, up to a minute; otherwise it is `firstMs` again.
 */
export function repeatPatiently(firstMs: number, attempt: () => boolean): { stop(): void } {
  let pauseMs = firstMs
  let isStopped = false
  let timer = wait()

  function wait(): ReturnType<typeof setTimeout> {
    return setTimeout(next, pauseMs).unref()
  }

  function next(): void {
    pauseMs = attempt() ? firstMs : Math.min(2 * pauseMs, MOST_MS)
    if (!isStopped) timer = wait()
  }

  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
