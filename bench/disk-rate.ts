import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The machine's own rates with one operation per sync of the disk, per second. */
export interface DiskRate {
  /** Commits of one row into a SQLite file with `synchronous=FULL`, one after the other. */
  commits: number
  /** Writes of 4 KiB at the end of a file, each with an fsync. */
  syncs: number
}

const PAGE_BYTES = 4_096

/** Measures the disk of a folder, in that folder; each of the two measurements takes the given time. */
export function measureDisk(folder: string, ms: number): DiskRate {
  return {
    commits: commitsPerSecond(join(folder, 'rate.db'), ms),
    syncs: syncsPerSecond(join(folder, 'rate'), ms),
  }
}

function commitsPerSecond(path: string, ms: number): number {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  database.exec('create table rows (id integer primary key, text text not null) strict')
  const insert = database.prepare('insert into rows (text) values (?)')
  // The first commit creates the log file.
  insert.run('first')
  const rate = perSecond(ms, () => insert.run('one row'))
  database.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  return rate
}

function syncsPerSecond(path: string, ms: number): number {
  const page = new Uint8Array(PAGE_BYTES).fill(1)
  const file = openSync(path, 'w')
  const rate = perSecond(ms, () => {
    writeSync(file, page)
    fsyncSync(file)
  })
  closeSync(file)
  rmSync(path)
  return rate
}

function perSecond(ms: number, work: () => unknown): number {
  const begun = performance.now()
  let done = 0
  while (performance.now() - begun < ms) {
    work()
    done += 1
  }
  return (done * 1_000) / (performance.now() - begun)
}
