import { type Kysely, type Migration, Migrator } from 'kysely'
import { StoreOpenError } from '../open-error.ts'
import { init } from './0001-init.ts'
import { ledger } from './0002-ledger.ts'
import { activity } from './0003-activity.ts'
import { spentOrder } from './0004-spent-order.ts'
import { rates } from './0005-rates.ts'
import { denials } from './0006-denials.ts'
import { restrictions } from './0007-restrictions.ts'
import { managingKeys } from './0008-managing-keys.ts'
import { extensions } from './0009-extensions.ts'
import { metaValues } from './0010-meta-values.ts'
import { search } from './0011-search.ts'
import { ledgerActors } from './0012-ledger-actors.ts'
import { members } from './0013-members.ts'
import { carriedSums } from './0014-carried-sums.ts'
import { corrections } from './0015-corrections.ts'
import { externalUsers } from './0016-external-users.ts'
import { accountVersions } from './0017-account-versions.ts'
import { seenSecrets } from './0018-seen-secrets.ts'
import { outcomes } from './0019-outcomes.ts'
import { cutRates } from './0020-cut-rates.ts'
import { nodes } from './0021-nodes.ts'
import { auditRequests } from './0022-audit-requests.ts'
import { crossingsInTime } from './0023-crossings-in-time.ts'
import { optionalEmail } from './0024-optional-email.ts'
import { eventsById } from './0025-events-by-id.ts'
import { ownersOfEvents } from './0026-owners-of-events.ts'
import { managers } from './0027-managers.ts'
import { signIns } from './0028-sign-ins.ts'
import { idsOfFilters } from './0029-ids-of-filters.ts'
import { agesOfCustomers } from './0030-ages-of-customers.ts'
import { formerHomes } from './0031-former-homes.ts'
import type { ColumnForms } from './forms.ts'

type Step = (db: Kysely<unknown>, forms: ColumnForms) => Promise<void>

/** Every migration, in the order in which they run. A released one is never changed or removed; corrections are new migrations. */
const STEPS: Record<string, Step> = {
  '0001-init': init,
  '0002-ledger': ledger,
  '0003-activity': activity,
  '0004-spent-order': spentOrder,
  '0005-rates': rates,
  '0006-denials': denials,
  '0007-restrictions': restrictions,
  '0008-managing-keys': managingKeys,
  '0009-extensions': extensions,
  '0010-meta-values': metaValues,
  '0011-search': search,
  '0012-ledger-actors': ledgerActors,
  '0013-members': members,
  '0014-carried-sums': carriedSums,
  '0015-corrections': corrections,
  '0016-external-users': externalUsers,
  '0017-account-versions': accountVersions,
  '0018-seen-secrets': seenSecrets,
  '0019-outcomes': outcomes,
  '0020-cut-rates': cutRates,
  '0021-nodes': nodes,
  '0022-audit-requests': auditRequests,
  '0023-crossings-in-time': crossingsInTime,
  '0024-optional-email': optionalEmail,
  '0025-events-by-id': eventsById,
  '0026-owners-of-events': ownersOfEvents,
  '0027-managers': managers,
  '0028-sign-ins': signIns,
  '0029-ids-of-filters': idsOfFilters,
  '0030-ages-of-customers': agesOfCustomers,
  '0031-former-homes': formerHomes,
}

/** The number of steps that this program knows. */
export const STEP_COUNT = Object.keys(STEPS).length
/** The table that lists the steps a database has taken. */
export const MIGRATIONS = 'schema_migrations'
const LOCK_TABLE = 'schema_migrations_lock'

/** The properties of the engine that migrations need. */
export interface MigrationTarget {
  forms: ColumnForms
  /** The schema in which tables are created and looked up, in an engine that has schemas. */
  schema?: string
  /** The last step to run, to get a database as an older program left it; all steps when absent. */
  upTo?: string
}

/**
 * Migrates the database to this program's schema. It has no effect when that is done already, and several processes may run it at
 * once. Throws {@link StoreOpenError} for a database that a newer program has written.
 */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  { forms, schema, upTo }: MigrationTarget,
): Promise<void> {
  // The usual start: one short read, which fails when there is no schema at all.
  const applied = await readSteps(db).catch(() => [])
  const newer = applied.find((name) => !(name in STEPS))
  if (newer !== undefined) {
    throw new StoreOpenError(
      `The database was written by a newer Latchkey: it has the schema ${newer}, which this program does not know. ` +
        'Start that version, or restore a backup made by this one.',
    )
  }
  if (isComplete(applied)) return
  const steps = Object.entries(STEPS).map(([name, step]): [string, Migration] => [
    name,
    {
      async up(transaction) {
        if (forms.unbounded !== null) await forms.unbounded.execute(transaction)
        await step(transaction, forms)
      },
    },
  ])
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(steps) },
    migrationTableName: MIGRATIONS,
    migrationLockTableName: LOCK_TABLE,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  })
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (error !== undefined) throw error
}

/** True when the database has exactly this program's schema; one short read. Fails when there is no schema at all. */
export async function isMigrated<Tables>(db: Kysely<Tables>): Promise<boolean> {
  return isComplete(await readSteps(db))
}

function isComplete(applied: readonly string[]): boolean {
  return applied.join() === Object.keys(STEPS).join()
}

async function readSteps<Tables>(db: Kysely<Tables>): Promise<string[]> {
  const untyped = db as unknown as Kysely<{ [MIGRATIONS]: { name: string } }>
  const rows = await untyped.selectFrom(MIGRATIONS).select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}
