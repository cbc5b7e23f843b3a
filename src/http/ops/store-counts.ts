import type { ThresholdCrossing } from '../../core/ledger/entries.ts'
import { Durations, linesOf } from './durations.ts'

/** What the metrics hear of the store as it happens. */
export interface StoreNews {
  /** A commit of the ledger took so long, from when it was asked for. */
  committed(seconds: number): void
  /** A call of the store failed, for a reason that lies with the database and not with what was asked. */
  failed(code: string): void
  /** A reservation ran out. */
  expired(): void
  /** So much was spent beyond what was held, in USD. */
  overdrawn(usd: number): void
}

/** What is read of the store when somebody asks. */
export interface MeasuredStore {
  /** Reservations that are open, counted up to a bound. */
  openReservations(): Promise<number>
  /** Crossings since this was asked last. */
  newCrossings(): Promise<readonly ThresholdCrossing[]>
}

/** What has been counted of money and of the store that keeps it. */
export interface StoreCounts extends StoreNews {
  errors: Record<'store_unavailable' | 'other', number>
  /** Reservations that ran out. */
  expiredCount(): number
  overdraftUsd(): number
  /** The durations of commits as a histogram in Prometheus' text form. */
  text(): string
}

const NAME = 'latchkey_commit_duration_seconds'

/** Starts counting. */
export function createStoreCounts(): StoreCounts {
  const commits = new Durations()
  const errors = { store_unavailable: 0, other: 0 }
  let expired = 0
  let overdraft = 0
  return {
    errors,
    expiredCount: () => expired,
    overdraftUsd: () => overdraft,
    committed: (seconds) => commits.add(seconds),
    failed(code) {
      errors[code === 'store_unavailable' ? code : 'other'] += 1
    },
    expired() {
      expired += 1
    },
    overdrawn(usd) {
      overdraft += usd
    },
    text() {
      const head = [`# HELP ${NAME} How long commits of the ledger took.`, `# TYPE ${NAME} histogram`]
      return `${[...head, ...linesOf(NAME, '', commits)].join('\n')}\n`
    },
  }
}
