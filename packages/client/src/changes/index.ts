/**
 * Follows the changes of keys, users and workspaces as they are made, for programs that remember facts about them.
 *
 * @example
 * import { followChanges } from '@latchkey/client/changes'
 *
 * const known = new Map<string, unknown>()
 * let trustedUntilMs = 0
 * for await (const news of followChanges()) {
 *   if (news.type === 'change') known.delete(news.id)
 *   if (news.type === 'snapshot') known.clear()
 *   if (news.type === 'lost') trustedUntilMs = 0
 *   if (news.type === 'tick') trustedUntilMs = news.heardMs + 1_000
 *   if (performance.now() > trustedUntilMs) known.clear()
 * }
 *
 * @module
 */
export type { Change, News, Snapshot, Tick } from './feed.ts'
export { type Followed, type FollowOptions, followChanges, type Lost } from './follow.ts'
