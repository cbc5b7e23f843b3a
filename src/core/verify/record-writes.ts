// Tests: test/authority/every-write.test.ts
import type { Store } from '../../store/store.ts'

/** The methods of the store that change keys, users, workspaces and members. Facts in memory depend on these records. */
export const RECORD_WRITES = [
  'initialize',
  'createKey',
  'changeKey',
  'createUser',
  'changeUser',
  'deleteUser',
  'createWorkspace',
  'changeWorkspace',
  'deleteWorkspace',
  'addMember',
  'removeMember',
] as const satisfies (keyof Store)[]

/** The methods of the store that only `Changes` may call. */
export type RecordWrites = Pick<Store, (typeof RECORD_WRITES)[number]>

/** A part of the store without them. All other code of the core gets this part, so nothing changes a record without the memory noticing. */
export type WithoutWrites<Part> = Omit<Part, keyof RecordWrites>
