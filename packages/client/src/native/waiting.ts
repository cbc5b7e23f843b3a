import type { Word } from '../words.ts'
import type { Call } from './call.ts'

/** How long a change waits for other nodes of the server. */
export interface Waiting {
  /**
   * `all` unless given: it answers once every node acts by the change. `none`: once it is on disk; other nodes follow within a
   * moment, at the latest when their lease ends, and a receipt says `this-node`. Give its `revision` to a verify as `atLeast`.
   */
  wait?: 'all' | 'none' | Word | undefined
}

/** The choice as query parameters, together with `more`. */
export function waitQuery({ wait }: Waiting = {}, more: Call['query'] = {}): Pick<Call, 'query'> {
  return { query: { ...more, wait } }
}
