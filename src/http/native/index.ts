import type { Dialect } from '../kernel/dialect.ts'
import type { Operation } from '../kernel/operation.ts'
import { renderProblem } from '../kernel/problem.ts'
import { listAudit } from './audit/list-audit.ts'
import { followChanges } from './changes/follow-changes.ts'
import { createKey } from './keys/create-key.ts'
import { endBoost } from './keys/end-boost.ts'
import { endOverlap } from './keys/end-overlap.ts'
import { getKey } from './keys/get-key.ts'
import { getOwnKey } from './keys/get-own-key.ts'
import { importKeys } from './keys/import-keys.ts'
import { listKeyThresholds } from './keys/list-key-thresholds.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { revokeKeys } from './keys/revoke-keys.ts'
import { revokeOwnKey } from './keys/revoke-own-key.ts'
import { rotateKey } from './keys/rotate-key.ts'
import { setBoost } from './keys/set-boost.ts'
import { updateKey } from './keys/update-key.ts'
import { addMember } from './people/add-member.ts'
import { createUser } from './people/create-user.ts'
import { createWorkspace } from './people/create-workspace.ts'
import { deleteUser } from './people/delete-user.ts'
import { deleteWorkspace } from './people/delete-workspace.ts'
import { getImpact } from './people/get-impact.ts'
import { getUser } from './people/get-user.ts'
import { getWorkspace } from './people/get-workspace.ts'
import { handOver } from './people/hand-over.ts'
import { listMembers } from './people/list-members.ts'
import { listUserThresholds } from './people/list-user-thresholds.ts'
import { listUsers } from './people/list-users.ts'
import { listWorkspaceThresholds } from './people/list-workspace-thresholds.ts'
import { listWorkspaces } from './people/list-workspaces.ts'
import { removeMember } from './people/remove-member.ts'
import { updateUser } from './people/update-user.ts'
import { updateWorkspace } from './people/update-workspace.ts'
import { createReservation } from './reservations/create-reservation.ts'
import { extendReservation } from './reservations/extend-reservation.ts'
import { getReservation } from './reservations/get-reservation.ts'
import { listReservations } from './reservations/list-reservations.ts'
import { releaseReservation } from './reservations/release-reservation.ts'
import { settleReservation } from './reservations/settle-reservation.ts'
import { correctUsage } from './usage/correct-usage.ts'
import { findUsageEvent } from './usage/find-event.ts'
import { listAllThresholds } from './usage/list-all-thresholds.ts'
import { reportUsage } from './usage/report-usage.ts'
import { summariseUsage } from './usage/summarise-usage.ts'
import { getKeyHealth } from './verifications/get-key-health.ts'
import { getKeyVerifications } from './verifications/get-key-verifications.ts'
import { getVerifications } from './verifications/get-verifications.ts'
import { authorize } from './verify/authorize.ts'
import type { RulesInForce } from './verify/gateway-request.ts'
import { verifyKey } from './verify/verify-key.ts'

/** The operations under `/v2`, with the route rules for gateways. */
export function nativeWith(rules: RulesInForce): Dialect {
  const operations = [...KEYS, verifyKey, authorize(rules), ...MONEY, ...PEOPLE, listAudit, followChanges]
  return { name: 'native', base: '/v2', operations, renderFault: renderProblem, takesSessions: true }
}

const KEYS: readonly Operation[] = [
  createKey,
  listKeys,
  // These come before the ones that would take `self` for a name.
  getOwnKey,
  revokeOwnKey,
  importKeys,
  revokeKeys,
  getKeyHealth,
  getKey,
  updateKey,
  revokeKey,
  rotateKey,
  endOverlap,
  setBoost,
  endBoost,
  listKeyThresholds,
  getKeyVerifications,
  getVerifications,
]

const MONEY: readonly Operation[] = [
  createReservation,
  listReservations,
  getReservation,
  extendReservation,
  settleReservation,
  releaseReservation,
  reportUsage,
  correctUsage,
  summariseUsage,
  listAllThresholds,
  findUsageEvent,
]

const PEOPLE: readonly Operation[] = [
  createUser,
  listUsers,
  getUser,
  updateUser,
  deleteUser,
  listUserThresholds,
  getImpact,
  handOver,
  createWorkspace,
  listWorkspaces,
  getWorkspace,
  updateWorkspace,
  deleteWorkspace,
  listWorkspaceThresholds,
  addMember,
  listMembers,
  removeMember,
]

/** The same without route rules. */
export const native: Dialect = nativeWith(() => null)
