import type { Caller } from '../../core/ground/turns.ts'
import type { Lane, LongReads } from '../reading/lanes.ts'
import { createReadTurns } from '../reading/read-turns.ts'
import { listAudit } from './base/audit.ts'
import type { SqlDatabase } from './base/database.ts'
import { listKeys } from './keys/key-list.ts'
import { listKeyTexts } from './keys/key-texts.ts'
import { findTexts, planIndexing } from './keys/search-work.ts'
import { listAllCrossings } from './ledger/all-crossings.ts'
import { listCrossings } from './ledger/crossings.ts'
import { listReservations } from './ledger/reservations.ts'
import { listMembers } from './people/members.ts'
import { listUsers } from './people/users.ts'
import { listWorkspaces } from './people/workspaces.ts'
import { activityReport } from './reports/activity-report.ts'
import { namesOf } from './reports/reported-names.ts'
import { usageReport } from './reports/usage-report.ts'
import { usedOfAllTime } from './reports/used-of-all-time.ts'
import { outcomesOfAll, outcomesOfKey } from './verifications/read.ts'
import { keyRisks } from './verifications/risks.ts'

/** The reads that may be long, by the name of the store's verb, with the lane of each. */
export const LONG_READS = {
  listKeys: { lane: 'lists', read: listKeys },
  listKeyTexts: { lane: 'lists', read: listKeyTexts },
  listUsers: { lane: 'lists', read: listUsers },
  listWorkspaces: { lane: 'lists', read: listWorkspaces },
  listMembers: { lane: 'lists', read: listMembers },
  listAudit: { lane: 'lists', read: listAudit },
  listReservations: { lane: 'lists', read: listReservations },
  listCrossings: { lane: 'lists', read: listCrossings },
  listAllCrossings: { lane: 'lists', read: listAllCrossings },
  planIndexing: { lane: 'reports', read: planIndexing },
  findTexts: { lane: 'reports', read: findTexts },
  usageReport: { lane: 'reports', read: usageReport },
  activityReport: { lane: 'reports', read: activityReport },
  namesOf: { lane: 'reports', read: namesOf },
  usedOfAllTime: { lane: 'reports', read: usedOfAllTime },
  outcomesOfKey: { lane: 'lists', read: outcomesOfKey },
  outcomesOfAll: { lane: 'reports', read: outcomesOfAll },
  keyRisks: { lane: 'reports', read: keyRisks },
} as const satisfies Record<
  string,
  { lane: Lane; read: (db: SqlDatabase, ...args: never[]) => Promise<unknown> }
>

/** The name of a read of {@link LONG_READS}. */
export type LongRead = keyof typeof LONG_READS

/** The arguments of a read, without the database. */
export type ArgsOf<Name extends LongRead> =
  Parameters<(typeof LONG_READS)[Name]['read']> extends [SqlDatabase, ...infer Args] ? Args : never

/** The result of a read. */
export type ResultOf<Name extends LongRead> = Awaited<ReturnType<(typeof LONG_READS)[Name]['read']>>

/** Runs the read of this name, which may come from another thread. */
export async function runLongRead(db: SqlDatabase, name: string, args: readonly unknown[]): Promise<unknown> {
  if (!(name in LONG_READS)) throw new Error(`There is no long read ${name}.`)
  const read = LONG_READS[name as LongRead].read as (
    db: SqlDatabase,
    ...args: readonly unknown[]
  ) => Promise<unknown>
  return read(db, ...args)
}

/** Runs a long read when it is the caller's turn. */
export type LongReader = <Name extends LongRead>(
  name: Name,
  by: Caller | null,
  ...args: ArgsOf<Name>
) => Promise<ResultOf<Name>>

/** The long reads of a database, with the turns of their callers. */
export function longReadsOf(db: SqlDatabase): LongReader {
  const { atOnce, run } = db.longReads ?? readHere(db)
  const turns = { lists: createReadTurns(atOnce.lists), reports: createReadTurns(atOnce.reports) }
  return <Name extends LongRead>(name: Name, by: Caller | null, ...args: ArgsOf<Name>) => {
    const { lane } = LONG_READS[name]
    return turns[lane].inTurn(by, () => run(lane, name, args)) as Promise<ResultOf<Name>>
  }
}

// A database in memory has one connection, which all work shares.
function readHere(db: SqlDatabase): LongReads {
  return {
    atOnce: { lists: 1, reports: 1 },
    run: (_, name, args) => runLongRead(db, name, args),
    close: async () => {},
  }
}
