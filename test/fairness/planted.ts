import { join } from 'node:path'
import type { HostileKind } from './hostile-kinds.ts'
import type { Promised } from './trial.ts'

/** A mistake in the server's source, and the trouble that shows it. */
export interface Mistake {
  /** The file below `src`, and the replacement. */
  file: string
  right: string
  wrong: string
  /** The kind of trouble that it makes harmful, and the promise that is broken then. */
  kind: HostileKind
  breaks: Promised
}

/** The server's entry with the mistake that the environment names as `MISTAKE`. */
export const FAULTY_MAIN = join(import.meta.dir, 'faulty-main.ts')

/** Each removes one mechanism that shares the server among tenants. */
export const MISTAKES: Record<string, Mistake> = {
  'one caller may fill a whole pass of the event loop': {
    file: 'http/kernel/turns.ts',
    right: 'return !begun.has(caller)',
    wrong: 'return true || !begun.has(caller)',
    kind: 'denials',
    breaks: 'verify',
  },
  'who came first is written first, whoever it is': {
    file: 'core/ledger/write-queue.ts',
    right: 'turns.add(unit.caller, unit, unit.weight)',
    wrong: 'turns.add(null, unit, unit.weight)',
    kind: 'largest batches',
    breaks: 'money',
  },
  'a commit carries all that waits': {
    file: 'core/ledger/pace.ts',
    right: 'return asked % SMALL_ONE_IN === 0 ? Math.floor(full / 4) : full',
    wrong: 'return 128_000',
    kind: 'largest batches',
    breaks: 'money',
  },
  'refusals of large bodies are sent at once': {
    file: 'http/kernel/late-refusals.ts',
    right: 'if (own >= bounds.each ||',
    wrong: 'if (own >= 0 ||',
    kind: "strangers' bodies",
    breaks: 'verify',
  },
  'a change waits behind all metering': {
    file: 'store/sqlite/driver.ts',
    right: "dialect: dialectFor('change'),",
    wrong: "dialect: dialectFor('chore'),",
    kind: 'holds',
    breaks: 'revoke',
  },
  'lists and reports are read by the thread that verifies': {
    file: 'store/sql/long-reads.ts',
    right: 'db.longReads ?? readHere(db)',
    wrong: 'readHere(db)',
    kind: 'long reads',
    breaks: 'verify',
  },
}
