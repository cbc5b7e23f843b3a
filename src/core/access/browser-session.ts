// Tests: src/core/access/sign-ins.test.ts
import type { Instant } from '../ground/clock.ts'
import type { Digest, UserId } from '../types.ts'

/** The holder of a secret who signs in with a browser. */
export interface Holder {
  userId: UserId
  /** The digest of the secret: every request is judged by the present state of its key. */
  credential: Digest
}

/** A browser that has signed in, as it is stored. The token in its cookie is known by its digest alone. */
export interface BrowserSession extends Holder {
  /** The digest of the token. */
  digest: Digest
  beganAt: Instant
  /** The time of a person's last call, to within a small part of the time after which a session without one ends. */
  activeAt: Instant
}

/** A link that signs in once, as it is stored. */
export interface SignInLink {
  /** The digest of the token in the link. */
  digest: Digest
  /** The secret for which it stands. */
  credential: Digest
  endsAt: Instant
}

/** The sign-in of the browser that makes a call. A person who has signed out must not act any more, although the key goes on. */
export interface CallersSignIn {
  session: Digest
  /** Rejects once it has ended. */
  requireLive(): Promise<void>
  /** True when a commit has not found it. Then the call must look for it before it goes on. */
  isMissed?: boolean
}
