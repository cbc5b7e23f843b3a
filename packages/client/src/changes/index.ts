/**
 * Follows the changes of keys, users and workspaces as they are made, for programs that remember facts about them.
 *
 * @example
 * import { followChanges } from '@latchkey/client/changes'
 *
 * for await (const news of followChanges({ since: lastKnown, signal })) {
 *   if (news.type === 'change') forget(news.kind, news.id)
 *   if (news.type === 'snapshot') forgetEverything()
 *   if (news.type === 'lost') stopTrustingWhatIsRemembered()
 *   if (news.type === 'tick') trustUntil(news.heardMs + 1_000)
 * }
 *
 * @module
 */
export type { Change, News, Snapshot, Tick } from './feed.ts'
export { type Followed, type FollowOptions, followChanges, type Lost } from './follow.ts'
