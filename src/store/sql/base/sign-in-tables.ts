/** Like every integer of the database (`tables.ts`). */
type Integer = bigint

/** A browser that has signed in. */
export interface BrowserSessionTable {
  /** Of the token in its cookie. */
  digest: string
  user_id: string
  /** The digest of the secret with which it signed in. */
  credential: string
  began_at: Integer
  active_at: Integer
}

/** A link that signs in once. */
export interface SignInLinkTable {
  /** Of the token in the link. */
  digest: string
  credential: string
  ends_at: Integer
}
