import type { Unit } from './units.ts'

/** Accounts whose rows somebody else has locked, and the units that wait for them; all others go on meanwhile. */
export interface HeldUp {
  /** Notes accounts, by name, that a commit could not change, and why. */
  note(accounts: Iterable<string>, error: unknown): void
  /** Keeps a unit that counts in one of them, and answers true; false for any other. */
  keeps(unit: Unit): boolean
  /** How many accounts are held up. */
  count(): number
  /**
   * Looks again at the accounts that have not been looked at for a while, and answers the units that may go on. Units that
   * have waited too long come back as `givenUp`, with the reason.
   */
  lookAgain(isHeldUp: (unit: Unit) => Promise<boolean>): Promise<{ free: Unit[]; givenUp: [Unit, unknown][] }>
}

const LOOK_MS = 100
/** About ten seconds, as long as a change of a record waits for a lock. */
const LOOKS_MAX = 90

interface Account {
  units: Unit[]
  error: unknown
  looks: number
  isDue: boolean
}

/** Builds the list; `onDue` is called when it is time to look again. */
export function createHeldUp(onDue: () => void): HeldUp {
  const accounts = new Map<string, Account>()

  function lookLater(account: Account): void {
    account.isDue = false
    setTimeout(() => {
      account.isDue = true
      onDue()
    }, LOOK_MS)
  }

  return {
    note(names, error) {
      for (const name of names) {
        if (accounts.has(name)) continue
        const account: Account = { units: [], error, looks: 0, isDue: false }
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
    async lookAgain(isHeldUp) {
      const free: Unit[] = []
      const givenUp: [Unit, unknown][] = []
      for (const [name, account] of [...accounts]) {
        if (!account.isDue) continue
        account.looks += 1
        const [first] = account.units
        if (first !== undefined && account.looks < LOOKS_MAX && (await isHeldUp(first))) {
          lookLater(account)
          continue
        }
        accounts.delete(name)
        if (account.looks < LOOKS_MAX) free.push(...account.units)
        else for (const unit of account.units) givenUp.push([unit, account.error])
      }
      return { free, givenUp }
    },
  }
}
