import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { percentile } from './figures.ts'

/** The machine's own rates with one operation per sync of the disk, per second. */
export interface DiskRate {
  /** Commits of one row into a SQLite file with `synchronous=FULL`, one after the other. */
  commits: number
  /** Writes of 4 KiB at the end of a file, each with an fsync. */
  syncs: number
  /** The time of such a write, in milliseconds. */
  syncP99Ms: number
}

const PAGE_BYTES = 4_096

/** Measures the disk of a folder, in that folder; each of the two measurements takes the given time. */
export function measureDisk(folder: string, ms: number): DiskRate {
  const commits = commitTimes(join(folder, 'rate.db'), ms)
  const syncs = syncTimes(join(folder, 'rate'), ms)
  const syncP99Ms = percentile(
    syncs.toSorted((one, other) => one - other),
    0.99,
  )
  return { commits: perSecond(commits), syncs: perSecond(syncs), syncP99Ms }
}

function commitTimes(path: string, ms: number): number[] {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  database.exec('create table rows (id integer primary key, text text not null) strict')
  const insert = database.prepare('insert into rows (text) values (?)')
  // The first commit creates the log file.
  insert.run('first')
  const times = timesOf(ms, () => insert.run('one row'))
  database.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  return times
}

function syncTimes(path: string, ms: number): number[] {
  const page = new Uint8Array(PAGE_BYTES).fill(1)
  const file = openSync(path, 'w')
  const times = timesOf(ms, () => {
    writeSync(file, page)
    fsyncSync(file)
  })
  closeSync(file)
  rmSync(path)
  return times
}

/** The time of each run, in milliseconds, for as long as this. */
function timesOf(ms: number, work: () => unknown): number[] {
  const begun = performance.now()
  const times: number[] = []
  for (let now = begun; now - begun < ms; ) {
    work()
    const ended = performance.now()
    times.push(ended - now)
    now = ended
  }
  return times
}

function perSecond(times: readonly number[]): number {
  return (times.length * 1_000) / times.reduce((sum, ms) => sum + ms, 0)
}
