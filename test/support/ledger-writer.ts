import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/open.ts'
import { addKey, eventOf, idOf, seed } from './records.ts'

// A process that records usage and prints the number of events after each answer, for the test of lost power. It opens the file
// several times, because closing it copies the log into it and removes the log.

const [path = '', rounds = '1', commits = '1'] = process.argv.slice(2)
const KEYS = 20
let events = 0
for (let round = 0; round < Number(rounds); round++) {
  const store = await openStore(`sqlite:${path}`)
  if (round === 0) {
    await seed(store)
    for (let n = 0; n < KEYS; n++) await addKey(store, 10 + n, { limits: { total: 20n } })
  }
  for (let commit = 0; commit < Number(commits); commit++) {
    const entries = Array.from({ length: 1 + (commit % 5) }, () => {
      events += 1
      return {
        kind: 'event',
        event: eventOf(idOf(10 + (events % KEYS)), `e${events}`, { amount: 1n }),
      } as const
    })
    await store.commitLedger(entries)
    writeSync(1, `${events}\n`)
  }
  await store.close()
}
