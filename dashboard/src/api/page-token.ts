const KEPT = 'latchkey-session'

// Read once: a tab goes on as the person that it shows, also when somebody else signs in with another tab.
let present = kept()

/** The page's half of the session's token; null when nobody has signed in here. Without the cookie it is worth nothing. */
export function pageToken(): string | null {
  return present
}

/** Keeps it for this tab and for those that are opened later. */
export function keepPageToken(token: string): void {
  present = token
  try {
    localStorage.setItem(KEPT, token)
  } catch {
    // Then it lasts until the page is left.
  }
}

/** Forgets it. */
export function forgetPageToken(): void {
  present = null
  try {
    localStorage.removeItem(KEPT)
  } catch {
    // Nothing was kept.
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    // Some browsers store nothing at all.
    return null
  }
}
