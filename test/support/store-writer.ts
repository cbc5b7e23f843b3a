import { setImmediate } from 'node:timers/promises'
import { openStore } from '../../src/store/open.ts'
import { addKey, seed } from './records.ts'

// A process that creates keys without end and prints each revision after its answer, for tests that kill it. It also ends with the
// test process, whose end closes its standard input.

process.stdin.on('close', () => process.exit()).resume()
const store = await openStore(`sqlite:${process.argv[2]}`)
await seed(store)
process.stdout.write('3\n')
for (let n = 10; ; n++) {
  const key = await addKey(store, n, { labels: { env: 'prod' }, name: `written ${n}` })
  process.stdout.write(`${key.revision}\n`)
  await setImmediate()
}
