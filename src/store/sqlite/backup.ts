import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Revision } from '../../core/types.ts'
import { openWatermark } from '../older-copy/watermark.ts'
import { StoreOpenError } from '../open-error.ts'
import { lockFile } from './lock.ts'
import { giveToFolder } from './owner.ts'

/** A request to the thread. */
export type CopyCall = { kind: 'copy'; path: string; to: string } | { kind: 'check'; path: string }

/** Its answer. */
export type CopyAnswer = { facts: CopyFacts | null } | { failure: string }

/** The content of a copy, in numbers. */
export interface CopyFacts {
  revision: Revision
  keys: number
}

/** Is called with the bytes written so far and their approximate total. */
export type CopyProgress = (done: number, total: number) => void

const FILE_MODE = 0o600
const LOOK_MS = 200
/** The engine's words for a full disk. */
const FULL = 'database or disk is full'
// The file is named in full here, because bundlers recognise this form.
const WORKER = new URL('./backup-worker.ts', import.meta.url)

/**
 * Copies a database, also while a server writes to it. The copy shows the database at one moment. It gets its name only after it was
 * checked. Throws {@link StoreOpenError}.
 */
export async function copyDatabase(path: string, to: string, onProgress: CopyProgress): Promise<CopyFacts> {
  if (!existsSync(path))
    throw new StoreOpenError(
      `There is no database at ${resolve(path)}. LATCHKEY_DATABASE_URL says where the server keeps it.`,
    )
  const target = resolve(to)
  if (existsSync(target)) throw new StoreOpenError(`${target} exists already. Name a file that does not.`)
  const partial = `${target}.partial`
  removePartial(partial)
  // The file exists with its permissions before anything is in it, so nobody else can read it for a moment.
  makePartial(partial, target)
  try {
    const total = statSync(path).size
    const look = setInterval(() => onProgress(sizeOf(partial), total), LOOK_MS)
    try {
      await inThread({ kind: 'copy', path, to: partial })
    } finally {
      clearInterval(look)
    }
    const facts = await checkCopy(partial)
    syncFile(partial)
    renameSync(partial, target)
    syncFile(dirname(target))
    return facts
  } catch (error) {
    removePartial(partial)
    throw error
  }
}

/** Removes an unfinished copy and the journal that the engine leaves beside it when the disk is full. */
function removePartial(partial: string): void {
  for (const end of ['', '-journal']) rmSync(partial + end, { force: true })
}

/** Checks whether a file is a complete database of Latchkey. Throws {@link StoreOpenError}. */
export async function checkCopy(path: string): Promise<CopyFacts> {
  if (!existsSync(path)) throw new StoreOpenError(`There is no file ${path}.`)
  const facts = await inThread({ kind: 'check', path })
  if (facts === null) throw new StoreOpenError(`${path} was not checked.`)
  return facts
}

/** The result of a restore. */
export interface Restored extends CopyFacts {
  /** Where the replaced database is now; null when there was none. */
  before: string | null
  /** The highest revision that was ever answered from this place. When it is above that of the copy, the next start asks for consent. */
  answered: Revision
}

/**
 * Puts a copy in the place of a database that no server uses. The replaced database stays beside it under another name. `dryRun` only
 * checks whether that is possible. Throws {@link StoreOpenError}.
 */
export async function restoreDatabase(
  from: string,
  path: string,
  { dryRun, at }: { dryRun: boolean; at: Date },
): Promise<Restored> {
  const facts = await checkCopy(from)
  const { release } = lockFile(path)
  try {
    const watermark = openWatermark(`${path}.revision`)
    const { found: answered } = watermark
    await watermark.close()
    const before = existsSync(path) ? `${path}.before-${at.toISOString().replaceAll(/[:.]/g, '-')}` : null
    if (dryRun) return { ...facts, before, answered }
    const restoring = `${path}.restoring`
    copyFileSync(from, restoring)
    chmodSync(restoring, FILE_MODE)
    syncFile(restoring)
    // The log belongs to the replaced file. If it stayed, SQLite would read it into the restored one.
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path + end)) renameSync(path + end, `${before}${end}`)
    renameSync(restoring, path)
    syncFile(dirname(resolve(path)))
    return { ...facts, before, answered }
  } finally {
    release()
    giveToFolder(path)
  }
}

function inThread(call: CopyCall): Promise<CopyFacts | null> {
  return new Promise((done, fail) => {
    const thread = new Worker(WORKER, { workerData: call })
    // A copy only reads the database, so a disk without room is that of the copy.
    const failed = (reason: string) =>
      fail(
        new StoreOpenError(
          call.kind === 'copy' && reason === FULL
            ? `${dirname(call.to)}: the disk is full. Make room there, or name another folder for the copy.`
            : `${call.path}: ${reason}`,
        ),
      )
    thread.on('message', (answer: CopyAnswer) =>
      'failure' in answer ? failed(answer.failure) : done(answer.facts),
    )
    thread.on('error', (error) => failed(String(error)))
    thread.on('exit', () => failed('the thread that reads it has ended.'))
  })
}

function makePartial(partial: string, target: string): void {
  try {
    closeSync(openSync(partial, 'wx', FILE_MODE))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'its folder does not exist' : `the system says ${code}`
    throw new StoreOpenError(`${target} cannot be written: ${reason}.`, { cause: error })
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function syncFile(path: string): void {
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}
