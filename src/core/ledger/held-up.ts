// Tests: test/money/locked-rows.test.ts
import type { Unit } from './units.ts'

/** Accounts whose rows somebody else has locked, and the units that wait for them; all others go on meanwhile. */
export interface HeldUp {
  /** Notes accounts, by name, that a commit could not change, and why. */
  note(accounts: Iterable<string>, error: unknown): void
  /** Keeps a unit that counts in one of them, and answers true; false for any other. */
  keeps(unit: Unit): boolean
  /** How many accounts are held up. */
  count(): number
  /** The units that may go on by now. Those that have waited too long come as `givenUp`, with the reason. */
  takeFree(): { free: Unit[]; givenUp: [Unit, unknown][] }
}

const LOOK_MS = 100
/** Looks are this long apart at least, so that these are about ten seconds: as long as a change of a record waits for a lock. */
const LOOKS_MAX = 90

interface Account {
  units: Unit[]
  error: unknown
  looks: number
  isFree: boolean
}

/** Builds the list. `isHeldUp` looks whether a unit still is; `onFree` is called when some may go on. */
export function createHeldUp({
  isHeldUp,
  onFree,
}: {
  isHeldUp: (unit: Unit) => Promise<boolean>
  onFree: () => void
}): HeldUp {
  const accounts = new Map<string, Account>()

  // Beside the commits of others, which must not wait for it.
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
      const name = unit.accounts.find((each) => accounts.has(each))
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
