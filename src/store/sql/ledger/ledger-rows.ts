import type { Selectable } from 'kysely'
import type { Caller } from '../../../core/ground/turns.ts'
import type {
  AccountId,
  Hold,
  OnExpiry,
  Payer,
  Reservation,
  ReservationId,
  ReservationState,
  Settlement,
  ThresholdCrossing,
  UsageEvent,
} from '../../../core/ledger/entries.ts'
import type { Meta } from '../../../core/ledger/meta.ts'
import type { WindowSpend } from '../../../core/money/spend.ts'
import type { LimitWindow } from '../../../core/money/windows.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import type { SumColumns } from '../base/sum-tables.ts'
import type { CrossingTable, ReservationTable, UsageEventTable } from '../base/tables.ts'
import { readCarried } from './exact-sums.ts'
import type { Standing } from './plan.ts'

// Converts rows of the ledger to records; `rows.ts` does the same for keys, users and workspaces.

/** The columns that name the payer. */
export type PayerColumns = Pick<Selectable<ReservationTable>, 'key_id' | 'owner_id' | 'workspace_id'>

/** The payer, from these columns. */
export function readPayer(row: PayerColumns): Payer {
  return {
    keyId: row.key_id as KeyId,
    ownerId: row.owner_id as UserId,
    workspaceId: row.workspace_id as WorkspaceId,
  }
}

/** The hold of a reservation's row. */
export function readHold(row: Omit<Selectable<ReservationTable>, EndColumns>): Hold {
  return {
    ...readPayer(row),
    id: row.id as ReservationId,
    amount: row.amount,
    heldAt: Number(row.held_at),
    expiresAt: Number(row.expires_at),
    onExpiry: row.on_expiry as OnExpiry,
  }
}

/** The state of a reservation, from its row. */
export function readStanding({
  state,
  amount,
  expires_at,
}: Pick<Selectable<ReservationTable>, 'state' | 'amount' | 'expires_at'>): Standing {
  return { state: state as ReservationState, amount, expiresAt: Number(expires_at) }
}

/** The columns of a reservation about its end, and its name. */
type EndColumns =
  | 'request_id'
  | 'first_amount'
  | 'state'
  | 'resolved_at'
  | 'resolved_by'
  | 'settled_amount'
  | 'settled_byok_amount'
  | 'settled_meta'
  | 'released'
  | 'overdraft'
  | 'late'

/** A row with the owner of the acting key; null where the server acted. */
export interface ActorColumn {
  actor_id: string | null
}

/** The caller that acted, from its key and the key's owner. */
function readCaller(keyId: string | null, { actor_id }: ActorColumn): Caller | null {
  return keyId === null || actor_id === null ? null : { userId: actor_id, keyId }
}

/** The reservation of a row. */
export function readReservation(row: Selectable<ReservationTable> & ActorColumn): Reservation {
  return {
    ...readHold(row),
    requestId: row.request_id,
    firstAmount: row.first_amount,
    state: row.state as ReservationState,
    resolvedAt: row.resolved_at === null ? null : Number(row.resolved_at),
    resolvedBy: readCaller(row.resolved_by, row),
    settlement: readSettlement(row),
  }
}

function readSettlement(row: Selectable<ReservationTable>): Settlement | null {
  if (row.settled_amount === null) return null
  return {
    amount: row.settled_amount,
    byokAmount: row.settled_byok_amount ?? 0n,
    meta: JSON.parse(row.settled_meta ?? '{}') as Record<string, string>,
    released: row.released ?? 0n,
    overdraft: row.overdraft ?? 0n,
    late: row.late === 1n,
  }
}

/** The event of a row that was joined with its key's, with its metadata as an object or as another form of it. */
export function readEvent(
  row: Selectable<UsageEventTable> & { paid_by: string; workspace_id: string } & ActorColumn,
  metaOf: (written: string) => Meta = JSON.parse,
): UsageEvent {
  return {
    ...readPayer({ ...row, owner_id: row.paid_by }),
    id: row.id,
    amount: row.amount,
    byokAmount: row.byok_amount,
    requests: Number(row.requests),
    at: Number(row.at),
    recordedAt: Number(row.recorded_at),
    reportedBy: readCaller(row.reported_by, row),
    meta: metaOf(row.meta),
  }
}

/** The crossing of a row. */
export function readCrossing(row: Selectable<CrossingTable>): ThresholdCrossing {
  return {
    account: { kind: row.kind, id: row.account_id } as AccountId,
    window: row.win as LimitWindow,
    start: Number(row.start),
    percent: Number(row.percent),
    at: Number(row.at),
  }
}

/** The sums of a row. */
export function readSums(row: Omit<Selectable<SumColumns>, 'corrected' | 'byok_corrected'>): WindowSpend {
  return {
    amount: readCarried(row.amount, row.amount_carry),
    byokAmount: readCarried(row.byok_amount, row.byok_amount_carry),
    requests: Number(row.requests),
  }
}
