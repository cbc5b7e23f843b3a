import type { Reach } from './cluster/reach.ts'
import type { Store } from './store/store.ts'

/** How a call to the store is treated while the node is cut off from it. */
type WhenCutOff =
  /** It does not begin, and a running call is not waited for any longer: it changes nothing. */
  | 'left'
  /** It does not begin. A running call may still be committed, so its own time limits end it. */
  | 'not_begun'
  /** It tests the connection, closes it, or needs no database. */
  | 'tried'

/** A new method of the store does not compile before it has a row here. */
const WHEN_CUT_OFF: Record<keyof Store, WhenCutOff> = {
  namesOf: 'left',
  isInitialized: 'left',
  revision: 'left',
  findKey: 'left',
  findFacts: 'left',
  hasForeignSecrets: 'left',
  listKeys: 'left',
  listKeyTexts: 'left',
  resolveKeys: 'left',
  findUser: 'left',
  listUsers: 'left',
  findWorkspace: 'left',
  listWorkspaces: 'left',
  isMember: 'left',
  isManager: 'left',
  listMembers: 'left',
  listAudit: 'left',
  findTargets: 'left',
  findLocked: 'left',
  readAccounts: 'left',
  readVersions: 'left',
  standingOf: 'left',
  findReservation: 'left',
  listReservations: 'left',
  findEvents: 'left',
  findEvent: 'left',
  findCorrectable: 'left',
  findCorrection: 'left',
  findRunOut: 'left',
  findHeldAfter: 'left',
  recentChanges: 'left',
  countOpen: 'left',
  readRates: 'left',
  findSession: 'left',
  usageReport: 'left',
  activityReport: 'left',
  usedOfAllTime: 'left',
  listCrossings: 'left',
  listAllCrossings: 'left',
  outcomesOfKey: 'left',
  outcomesOfAll: 'left',
  keyRisks: 'left',
  initialize: 'not_begun',
  createKey: 'not_begun',
  changeKey: 'not_begun',
  createUser: 'not_begun',
  changeUser: 'not_begun',
  deleteUser: 'not_begun',
  createWorkspace: 'not_begun',
  changeWorkspace: 'not_begun',
  deleteWorkspace: 'not_begun',
  addMember: 'not_begun',
  removeMember: 'not_begun',
  commitLedger: 'not_begun',
  claimIdempotency: 'not_begun',
  releaseIdempotency: 'not_begun',
  forgetIdempotency: 'not_begun',
  beginSession: 'not_begun',
  touchSession: 'not_begun',
  endSession: 'not_begun',
  forgetSignIns: 'not_begun',
  offerLink: 'not_begun',
  takeLink: 'not_begun',
  writeRates: 'not_begun',
  forgetRates: 'not_begun',
  recordUses: 'not_begun',
  recordDenials: 'not_begun',
  recordOutcomes: 'not_begun',
  purgeEvents: 'not_begun',
  purgeAudit: 'not_begun',
  purgeOutcomes: 'not_begun',
  refreshSpentOrder: 'not_begun',
  refreshSearch: 'not_begun',
  settled: 'tried',
  changesSince: 'tried',
  joinNode: 'tried',
  renewNode: 'tried',
  acknowledge: 'tried',
  findNodes: 'tried',
  evictNode: 'tried',
  compareChanges: 'tried',
  acceptLosses: 'tried',
  isShared: 'tried',
  onChange: 'tried',
  sharesAccounts: 'tried',
  check: 'tried',
  close: 'tried',
}

/** The store of a node, whose callers do not wait while the node is cut off from it. */
export function reachableStore(store: Store, reach: Reach): Store {
  const wrapped = new Map<unknown, unknown>()
  return new Proxy(store, {
    get(_, name) {
      const verb: unknown = Reflect.get(store, name)
      const when = WHEN_CUT_OFF[name as keyof Store] ?? 'tried'
      if (typeof verb !== 'function' || when === 'tried') return verb
      const known = wrapped.get(verb) ?? ending(verb as Verb, { when, reach })
      wrapped.set(verb, known)
      return known
    },
  })
}

type Verb = (...args: unknown[]) => Promise<unknown>

function ending(verb: Verb, { when, reach }: { when: 'left' | 'not_begun'; reach: Reach }): Verb {
  if (when === 'left') return (...args) => reach.whileReached(() => verb(...args))
  return (...args) => reach.ifReached(() => verb(...args))
}
