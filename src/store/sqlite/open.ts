import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Kysely } from 'kysely'
import { SQLITE_FORMS } from '../migrations/forms.ts'
import { migrate } from '../migrations/migrate.ts'
import { isNoSpace } from '../older-copy/no-space.ts'
import { requireNewest } from '../older-copy/older-copy.ts'
import { openWatermark } from '../older-copy/watermark.ts'
import { StoreOpenError } from '../open-error.ts'
import type { OpenOptions } from '../open-options.ts'
import { readInThreads } from '../reading/threads.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { SQLITE_CAPABILITIES } from './capabilities.ts'
import { connectSqlite } from './connection.ts'
import { copyOf } from './copy.ts'
import { type DiskReserve, giveUpReserve, keepDiskReserve } from './disk-reserve.ts'
import { connectionOn, sqliteFailure } from './driver.ts'
import { engineHere, type SqliteEngine } from './engine.ts'
import { answeringFor, type FileIdentity, requireOneName, watchFiles } from './file-identity.ts'
import { createHealth, failingForGood } from './health.ts'
import { lockFile } from './lock.ts'
import { reuseLog } from './log-room.ts'
import type { ReadingPlace } from './open-reading.ts'
import { giveToFolder, isForeign } from './owner.ts'
import { isOverQuota, removeTriedRoom } from './quota.ts'
import { engineInThread } from './thread.ts'

/** The name of a database that exists only in memory. */
export const IN_MEMORY = ':memory:'

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/**
 * Opens a database file, or {@link IN_MEMORY}, and migrates it to this program's schema. It creates the file and its folders when they
 * are missing, readable by this user alone. Throws {@link StoreOpenError} when another process has the file open, when it is no
 * database of Latchkey, or when the engine refuses a setting that our promises need. `onBroken` is called once when the database
 * accepts no more writes and only a new process can help; then every call fails. `onNotice` is called with problems that may pass.
 */
export async function openSqlite(
  path: string,
  onBroken: (reason: string) => void,
  {
    onNotice = () => {},
    acceptOlder = false,
    diskReserveBytes = 0,
    isServer = false,
  }: Omit<OpenOptions, 'onBroken'> = {},
): Promise<SqlDatabase> {
  return path === IN_MEMORY
    ? openInMemory()
    : openFile(ownFile(path), { onBroken, onNotice, acceptOlder, diskReserveBytes, isServer })
}

// The statements that make an empty database with this program's schema, once one was made in this process. So a process that opens
// many databases in memory waits for the migrations of the first one only.
let empty: readonly string[] | null = null

async function openInMemory(): Promise<SqlDatabase> {
  const connection = connectSqlite({ path: IN_MEMORY, readOnly: false, journal: 'memory' })
  const { dialect, chores, runSteps } = connectionOn(engineHere(connection))
  const writer = new Kysely<Tables>({ dialect })
  if (empty === null) {
    await migrate(writer, { forms: SQLITE_FORMS })
    empty = copyOf(connection)
  } else for (const statement of empty) connection.execute(statement, [])
  return {
    writer,
    chores: new Kysely<Tables>({ dialect: chores }),
    // A second connection would open another database. So reads take turns with transactions instead.
    reader: writer,
    runSteps,
    runDecided: null,
    longReads: null,
    requireOwnership() {},
    ...SQLITE_CAPABILITIES,
    close: () => writer.destroy(),
  }
}

/** The options of a file, which also gets a watermark beside it for the answered revisions, and a lock against other processes. */
type FileOptions = Required<Omit<OpenOptions, 'revisionFile' | 'silent'>>

/**
 * Opening writes, too. On a full disk it gets the reserve: a server that was stopped while the disk was full, or before, could otherwise
 * not start, and nothing would be verified or revoked.
 */
async function openFile(path: string, options: FileOptions): Promise<SqlDatabase> {
  try {
    return await tryToOpen(path, options, 0)
  } catch (error) {
    const lentBytes = options.diskReserveBytes > 0 && isFull(error, path) ? giveUpReserve(reserveOf(path)) : 0
    if (lentBytes === 0) throw error
    return await tryToOpen(path, options, lentBytes)
  }
}

const reserveOf = (path: string) => `${path}.reserve`

function isFull(error: unknown, path: string): boolean {
  const cause = error instanceof StoreOpenError ? error.cause : error
  return sqliteFailure(cause)?.kind === 'full' || isNoSpace(cause) || isOverQuota(cause, path)
}

/** Opens the file. `lentBytes` of the reserve were given up for it. */
async function tryToOpen(path: string, options: FileOptions, lentBytes: number): Promise<SqlDatabase> {
  const lock = lockedBy(path)
  const closers: (() => void | Promise<void>)[] = [lock.release]
  const close = async () => {
    for (const each of closers.toReversed()) await each()
    giveToFolder(path)
  }
  try {
    return { ...(await openLocked(path, { ...options, lentBytes }, closers)), close }
  } catch (error) {
    await close()
    throw openError(path, error)
  }
}

/** Opens a file that this process has locked. Everything that has to be closed is added to `closers` as soon as it is open. */
async function openLocked(
  path: string,
  {
    onBroken,
    onNotice,
    acceptOlder,
    diskReserveBytes,
    isServer,
    lentBytes,
  }: FileOptions & { lentBytes: number },
  closers: (() => void | Promise<void>)[],
): Promise<Omit<SqlDatabase, 'close'>> {
  removeTriedRoom(path)
  const health = createHealth(onBroken)
  // The files can be identified once both connections are open, because then all of them exist.
  let files: FileIdentity | null = null
  const requireSame = () => files?.requireSame()
  // Every commit waits for the disk, so commits run in a thread of their own. A read would be over before that thread got the message.
  const thread = await engineInThread({ path, readOnly: false, journal: 'wal' }, health.fail)
  const engine = answeringFor(failingForGood(thread, health), { requireSame })
  const place = { path, readOnly: true, journal: 'wal' } as const
  const lookUps = engineHere(connectSqlite(place))
  const { kysely: writer, chores, runSteps, between } = queriesOver(engine, closers, lookUps)
  await migrate(writer, { forms: SQLITE_FORMS })
  const willAnswer = await newestAnswered(path, writer, { acceptOlder, onNotice }, closers)
  const reading = engineHere(connectSqlite(place))
  const { kysely: reader } = queriesOver(reading, closers)
  files = watchFiles(path, onNotice)
  const longReads = readInThreads(WORKER, {
    atOnce: { lists: 1, reports: 1 },
    isServer,
    dataOf: (_, limitMs): ReadingPlace => ({ path, limitMs }),
  })
  closers.push(longReads.close)
  const disk = diskReserveBytes === 0 ? {} : { disk: keepReserve() }
  return {
    writer,
    chores,
    reader,
    runSteps,
    runDecided: null,
    longReads,
    ...SQLITE_CAPABILITIES,
    ...disk,
    requireOwnership,
    willAnswer,
  }

  function keepReserve(): DiskReserve {
    const reuse = () => between(() => reuseLog(thread, path))
    const options = { bytes: diskReserveBytes, lentBytes, onNotice, reuseLog: reuse }
    const reserve = keepDiskReserve(reserveOf(path), options)
    closers.push(reserve.close)
    return reserve
  }

  function requireOwnership(): void {
    health.requireSound()
    requireSame()
  }
}

/** Refuses a database that is older than its last answers. Returns the watermark, which keeps the highest answered revision. */
async function newestAnswered(
  path: string,
  writer: Kysely<Tables>,
  { acceptOlder, onNotice }: Pick<FileOptions, 'acceptOlder' | 'onNotice'>,
  closers: (() => void | Promise<void>)[],
): Promise<NonNullable<SqlDatabase['willAnswer']>> {
  const file = `${path}.revision`
  const { raise, close, found: answered } = openWatermark(file)
  closers.push(close)
  await raise(await requireNewest(writer, { place: path, file, answered, accept: acceptOlder, onNotice }))
  return raise
}

/** The engines of queries and of transactions, on one connection. */
function queriesOver(
  engine: SqliteEngine,
  closers: (() => void | Promise<void>)[],
  lookUps: SqliteEngine | null = null,
) {
  const { dialect, chores, ...rest } = connectionOn(engine, lookUps)
  const kysely = new Kysely<Tables>({ dialect })
  closers.push(() => kysely.destroy())
  return { kysely, chores: new Kysely<Tables>({ dialect: chores }), ...rest }
}

// The file is named in full here, because bundlers recognise this form.
const WORKER = new URL('./reading-worker.ts', import.meta.url)

/** Creates the file and its folder if they are missing, and returns its real path, which is the one that gets locked. */
function ownFile(path: string): string {
  const absolute = resolve(path)
  try {
    return ownFileAt(absolute)
  } catch (error) {
    throw openError(absolute, error)
  }
}

function lockedBy(path: string): ReturnType<typeof lockFile> {
  try {
    return lockFile(path)
  } catch (error) {
    throw openError(path, error)
  }
}

/** The message for an operator about any failure to open: the path, and the text of the system or the engine. */
function openError(path: string, error: unknown): unknown {
  if (error instanceof StoreOpenError) return error
  const isSystem = error instanceof Error && 'code' in error
  if (!isSystem && sqliteFailure(error) === null) return error
  const files = [path, `${path}.lock`, `${path}.revision`, `${path}-wal`]
  const foreign = files.find(isForeign)
  const said = error instanceof Error ? error.message : String(error)
  const denied = `this user may not read and write ${foreign}. Run it as the owner of the files, or give them to this user`
  const reason = foreign === undefined ? said : denied
  return new StoreOpenError(`${path} cannot be opened: ${reason}.`, { cause: error })
}

function ownFileAt(absolute: string): string {
  mkdirSync(dirname(absolute), { recursive: true, mode: FOLDER_MODE })
  // A file that exists is not opened here, because closing it would release the locks that this process may hold on it.
  if (!existsSync(absolute)) closeSync(openSync(absolute, 'a', FILE_MODE))
  const real = realpathSync(absolute)
  requireOneName(real)
  if (!existsSync(`${real}.lock`)) closeSync(openSync(`${real}.lock`, 'a', FILE_MODE))
  return real
}
