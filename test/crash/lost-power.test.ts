import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { canTrace, type DiskStep, traceDisk } from './disk-trace.ts'
import { createTracedDisk, type Loss } from './lost-power.ts'

// Acknowledged changes survive a power loss. A kill does not show that, because the system keeps the writes of a killed process. Here
// every write and sync of a real process is recorded, and at each answer and each sync the disk is rebuilt as it may be after a power
// loss: unsynced writes are left out, kept, or torn.

const WRITER = fileURLToPath(new URL('../support/ledger-writer.ts', import.meta.url))
const ROUNDS = 3
const COMMITS = 8
const TORN_IMAGES = 3
const LOSSES: Loss[] = [
  'nothing kept',
  'all kept',
  ...Array.from({ length: TORN_IMAGES }, () => 'torn' as const),
]

const folder = mkdtempSync(join(tmpdir(), 'latchkey-power-'))
afterAll(() => rmSync(folder, { recursive: true }))

const traceable = canTrace()
if (!traceable) process.stdout.write('SKIPPED lost power: strace is not installed, or may not be used\n')

test.skipIf(!traceable)(
  'what was answered survives lost power, whatever else the disk has kept',
  () => {
    const path = join(folder, 'latchkey.db')
    const args = [WRITER, path, String(ROUNDS), String(COMMITS)]
    const steps = traceDisk(process.execPath, args, join(folder, 'trace')).filter((step) =>
      concerns(step, path),
    )
    const random = randomFrom(20_281_122)
    const disk = createTracedDisk()
    let answered = 0
    let images = 0
    let answers = 0
    let begun = false
    for (const step of steps) {
      disk.take(step)
      if (step.kind === 'told') {
        answered = Number(step.text)
        answers += 1
      }
      // Steps before the first answer promise nothing.
      begun ||= step.kind === 'told'
      if (!begun || (step.kind !== 'told' && step.kind !== 'sync')) continue
      for (const loss of LOSSES) {
        const found = read(disk.imageAfter(loss, random))
        images += 1
        expect({ loss, answered, sound: found.sound }).toEqual({ loss, answered, sound: 'ok' })
        expect(found.events).toBeGreaterThanOrEqual(answered)
        expect([found.last, found.summed]).toEqual([`e${found.events}`, found.events])
      }
    }
    const copied = steps.filter((step) => step.kind === 'write' && step.path === path).length
    process.stdout.write(
      `lost power: ${answers} answers, ${answered} events, ${images} images of the disk, ${copied} writes into the file itself\n`,
    )
    expect(answers).toBe(ROUNDS * COMMITS)
    expect(copied).toBeGreaterThan(ROUNDS)
  },
  120_000,
)

/** The database file and its log; each start creates the shared-memory file again. */
function concerns(step: DiskStep, path: string): boolean {
  return step.kind === 'told' || step.path === path || step.path === `${path}-wal`
}

let restarts = 0

function read(image: Map<string, Buffer>): { sound: string; events: number; last: string; summed: number } {
  restarts += 1
  const place = join(folder, `image-${restarts}`)
  for (const [path, content] of image) {
    writeFileSync(basename(path).endsWith('-wal') ? `${place}-wal` : place, content)
  }
  const database = new DatabaseSync(place)
  const one = (text: string) => Object.values(database.prepare(text).get() ?? {})[0]
  const found = {
    sound: String(one('pragma integrity_check')),
    events: Number(one('select count(*) from usage_events')),
    last: String(one('select id from usage_events order by length(id) desc, id desc limit 1')),
    summed: Number(one('select sum(requests) from key_totals')),
  }
  database.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(place + suffix, { force: true })
  return found
}

/** The same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
