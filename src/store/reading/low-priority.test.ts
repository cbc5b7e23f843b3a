import { afterAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/support/server.ts'
import { openStore } from '../open.ts'
import { copyDatabase } from '../sqlite/backup.ts'
import { readingThread } from './thread.ts'

const path = join(temporaryFolder(), 'latchkey.db')
await (await openStore(`sqlite:${path}`)).close()
const thread = readingThread({
  file: new URL('../sqlite/reading-worker.ts', import.meta.url),
  data: { path, limitMs: 10_000 },
  limitMs: 10_000,
})
afterAll(() => thread.close())

/** The number of worker threads with a lower priority than this one (proc(5), the field `nice`: a higher number is a lower priority). */
function lowered(): number {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
      const priority = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
      return stat.includes('(Worker)') && priority > getPriority()
    } catch {
      // It has just ended.
      return false
    }
  }).length
}

test.skipIf(process.platform !== 'linux')(
  'long reads have a thread of a lower priority, and this one keeps its own',
  async () => {
    const own = getPriority()
    expect(lowered()).toBe(0)
    await thread.run('listWorkspaces', [{ limit: 1 }])
    expect(lowered()).toBe(1)
    expect(getPriority()).toBe(own)
  },
)

test.skipIf(process.platform !== 'linux')('so has a backup', async () => {
  const before = lowered()
  let most = 0
  let looks = 0
  const timer = setInterval(() => {
    looks += 1
    most = Math.max(most, lowered())
  })
  await copyDatabase(path, `${path}.copy`, () => undefined)
  clearInterval(timer)
  process.stdout.write(`backup: ${looks} looks at the threads\n`)
  // One thread copies, and another one checks the copy.
  expect(most).toBeGreaterThan(before)
})
