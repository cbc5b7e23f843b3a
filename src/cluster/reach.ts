import { Fault } from '../core/ground/faults.ts'

/** The calls of a node to its database, none of which waits for one that cannot be used. */
export interface Reach {
  /** Reads, unless the node is cut off; fails with `store_unavailable` as soon as it is. */
  whileReached<T>(read: () => Promise<T>): Promise<T>
  /** Runs work, which is not begun while the node is cut off: fails with `store_unavailable`. */
  ifReached<T>(work: () => Promise<T>): Promise<T>
  /** Ends the reads under way if the node is cut off by now. */
  check(): void
}

/** Builds it. */
export function createReach(isCutOff: () => boolean): Reach {
  const underWay = new Set<(reason: Fault) => void>()
  return {
    whileReached(read) {
      if (isCutOff()) return Promise.reject(away())
      return new Promise((resolve, reject) => {
        underWay.add(reject)
        read()
          .then(resolve, reject)
          .finally(() => underWay.delete(reject))
      })
    },
    ifReached: (work) => (isCutOff() ? Promise.reject(away()) : work()),
    check() {
      if (!isCutOff()) return
      for (const reject of underWay) reject(away())
      underWay.clear()
    },
  }
}

function away(): Fault {
  return new Fault('store_unavailable', { internal: 'the database does not answer, or may not be used' })
}
