import type { ThresholdCrossing } from '../../core/ledger/entries.ts'
import { Durations, linesOf } from './durations.ts'

/** Is told about events of the store. */
export interface StoreNews {
  /** A commit of the ledger took this long, from the moment it was asked for. */
  committed(seconds: number): void
  /** A call of the store failed because of the database, not because of its arguments. */
  failed(code: string): void
  /** A reservation expired. */
  expired(): void
  /** This much was spent beyond the held amount, in USD. */
  overdrawn(usd: number): void
}

/** Values that a scrape reads from the store. */
export interface MeasuredStore {
  /** The number of open reservations, counted up to a bound. */
  openReservations(): Promise<number>
  /** The crossings since the last call. */
  newCrossings(): Promise<readonly ThresholdCrossing[]>
}

/** The counts of money, and of the store that keeps it. */
export interface StoreCounts extends StoreNews {
  errors: Record<'store_unavailable' | 'other', number>
  /** Reservations that expired. */
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
