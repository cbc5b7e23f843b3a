// Tests: test/money/locked-rows.test.ts
import { nameOf } from './account.ts'
import { recordsOf, type Unit } from './units.ts'

/**
 * Accounts whose rows another transaction has locked, or whose records it changes, and the units that wait for them. All others are written
 * meanwhile.
 */
export interface HeldUp {
  /** Notes accounts, by name, that a commit could not change, with its error. */
  note(accounts: Iterable<string>, error: unknown): void
  /** Sets a unit of one of these accounts aside and returns true; false for any other unit. */
  keeps(unit: Unit): boolean
  /** The number of these accounts. */
  count(): number
  /** Removes and returns the units that may be written now. Those that have waited too long are `givenUp`, with the error. */
  takeFree(): { free: Unit[]; givenUp: [Unit, unknown][] }
}

const LOOK_MS = 100
/** At least {@link LOOK_MS} lie between two checks, so this is about ten seconds: as long as a change of a record waits for a lock. */
const LOOKS_MAX = 90

interface Account {
  units: Unit[]
  error: unknown
  looks: number
  isFree: boolean
}

/** Builds the list. `isHeldUp` checks whether a unit's rows are still locked; `onFree` is called when some units may be written. */
export function createHeldUp({
  isHeldUp,
  onFree,
}: {
  isHeldUp: (unit: Unit) => Promise<boolean>
  onFree: () => void
}): HeldUp {
  const accounts = new Map<string, Account>()

  // Runs beside the commits of other accounts, which must not wait for it.
  async function look(account: Account): Promise<void> {
    account.looks += 1
    const [first] = account.units
    const waits = first !== undefined && account.looks < LOOKS_MAX && (await isHeldUp(first))
    if (waits) return lookLater(account)
    account.isFree = true
    onFree()
  }

  function lookLater(account: Account): void {
    setTimeout(() => void look(account), LOOK_MS)
  }

  return {
    note(names, error) {
      for (const name of names) {
        if (accounts.has(name)) continue
        const account: Account = { units: [], error, looks: 0, isFree: false }
        accounts.set(name, account)
        lookLater(account)
      }
    },
    keeps(unit) {
      // Mostly nothing is held up, and this is asked for each unit.
      if (accounts.size === 0) return false
      const name = [...unit.accounts, ...recordsOf(unit)].map(nameOf).find((each) => accounts.has(each))
      if (name === undefined) return false
      accounts.get(name)?.units.push(unit)
      return true
    },
    count: () => accounts.size,
    takeFree() {
      const free: Unit[] = []
      const givenUp: [Unit, unknown][] = []
      for (const [name, account] of [...accounts]) {
        if (!account.isFree) continue
        accounts.delete(name)
        if (account.looks < LOOKS_MAX) free.push(...account.units)
        else for (const unit of account.units) givenUp.push([unit, account.error])
      }
      return { free, givenUp }
    },
  }
}
