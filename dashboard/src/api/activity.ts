const ACTIVE_MS = 60_000

let lastInputAt = Date.now()

/** Starts noticing that a person uses the page. */
export function noticeActivity(): void {
  const note = () => {
    lastInputAt = Date.now()
  }
  for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const)
    addEventListener(event, note, { passive: true, capture: true })
}

/** Whether a person has used the page within the last minute. */
export function isActive(): boolean {
  return Date.now() - lastInputAt < ACTIVE_MS
}
