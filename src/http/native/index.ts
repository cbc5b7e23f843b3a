import type { Dialect } from '../dialect.ts'
import { renderProblem } from '../problem.ts'
import { createKey } from './create-key.ts'
import { createReservation } from './create-reservation.ts'
import { createUser } from './create-user.ts'
import { createWorkspace } from './create-workspace.ts'
import { deleteUser } from './delete-user.ts'
import { deleteWorkspace } from './delete-workspace.ts'
import { endBoost } from './end-boost.ts'
import { endOverlap } from './end-overlap.ts'
import { getKey } from './get-key.ts'
import { getReservation } from './get-reservation.ts'
import { getUser } from './get-user.ts'
import { getWorkspace } from './get-workspace.ts'
import { listAudit } from './list-audit.ts'
import { listKeyThresholds } from './list-key-thresholds.ts'
import { listKeys } from './list-keys.ts'
import { listReservations } from './list-reservations.ts'
import { listUserThresholds } from './list-user-thresholds.ts'
import { listUsers } from './list-users.ts'
import { listWorkspaceThresholds } from './list-workspace-thresholds.ts'
import { listWorkspaces } from './list-workspaces.ts'
import { releaseReservation } from './release-reservation.ts'
import { reportUsage } from './report-usage.ts'
import { revokeKey } from './revoke-key.ts'
import { rotateKey } from './rotate-key.ts'
import { setBoost } from './set-boost.ts'
import { settleReservation } from './settle-reservation.ts'
import { summariseUsage } from './summarise-usage.ts'
import { updateKey } from './update-key.ts'
import { updateUser } from './update-user.ts'
import { updateWorkspace } from './update-workspace.ts'
import { verifyKey } from './verify-key.ts'

/** The operations under `/v2` (spec.md §3.1). */
export const native: Dialect = {
  name: 'native',
  base: '/v2',
  operations: [
    createKey,
    listKeys,
    getKey,
    updateKey,
    revokeKey,
    rotateKey,
    endOverlap,
    setBoost,
    endBoost,
    listKeyThresholds,
    verifyKey,
    createReservation,
    listReservations,
    getReservation,
    settleReservation,
    releaseReservation,
    reportUsage,
    summariseUsage,
    createUser,
    listUsers,
    getUser,
    updateUser,
    deleteUser,
    listUserThresholds,
    createWorkspace,
    listWorkspaces,
    getWorkspace,
    updateWorkspace,
    deleteWorkspace,
    listWorkspaceThresholds,
    listAudit,
  ],
  renderFault: renderProblem,
}
