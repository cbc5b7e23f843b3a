import type { BrowserSession, SignInLink } from '../core/access/browser-session.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Digest } from '../core/types.ts'

/** Which sessions and links are deleted. */
export interface Forgotten {
  beganUntil: Instant
  activeUntil: Instant
  activeAfter: Instant
  linksUntil: Instant
  linksAfter: Instant
  limit: number
}

/**
 * Browsers that have signed in, and links that sign in once. Every sentence is an obligation that the conformance suite tests. None of
 * these takes a revision.
 */
export interface SignInStore {
  /**
   * Writes a session. Of the user's sessions only `most` stay, the last active ones, and the new one is among them; also when several
   * callers begin sessions of one user at the same time.
   */
  beginSession(session: BrowserSession, most: number): Promise<void>

  /** The session with this digest; null when there is none, and from the moment when its end was answered. */
  findSession(digest: Digest): Promise<BrowserSession | null>

  /** Moves the time of the last activity forward, never back. Does nothing for a session that has ended. */
  touchSession(digest: Digest, at: Instant): Promise<void>

  /** Deletes a session. Does nothing where there is none. */
  endSession(digest: Digest): Promise<void>

  /**
   * Deletes sessions that began at or before `beganUntil`, or were last active at or before `activeUntil` or after `activeAfter`, and
   * links that end at or before `linksUntil` or after `linksAfter`: at most `limit` of each. Returns the higher of the two numbers.
   */
  forgetSignIns(old: Forgotten): Promise<number>

  /** Writes a link. */
  offerLink(link: SignInLink): Promise<void>

  /** Deletes the link with this digest and returns it; null when there is none. Of concurrent callers one gets it. */
  takeLink(digest: Digest): Promise<SignInLink | null>
}
