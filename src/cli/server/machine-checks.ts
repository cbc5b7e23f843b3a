import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isLocalHost } from '../../config/local-hosts.ts'
import type { Config } from '../../config/settings.ts'
import { StoreOpenError } from '../../store/open-error.ts'
import { probePostgres } from '../../store/postgres/probe.ts'
import { lockFile } from '../../store/sqlite/lock.ts'
import type { Context } from '../command.ts'
import { type Found, reasonOf } from './finding.ts'
import { fileOf, ownUrl } from './settings.ts'

const OTHERS = 0o077
const MIB = 1024 * 1024
const ROOM_MIB = 1024
const SYNCS = 15
/** A disk whose sync takes longer than `slow` makes every change wait; one faster than `none` has most likely not stored anything. */
const SYNC_MS = { slow: 20, none: 0.02 }
const CLOCK_MS = 5_000
/** The greatest age of a `Date` header of a server whose clock is the same. */
const HEADER_MS = 2_000

/** Checks the database without changing it. */
export async function checkDatabase(config: Config): Promise<Found[]> {
  const { database } = config
  if (database.kind !== 'sqlite') return checkPostgres(database.url.reveal(), database.shown)
  const path = fileOf(config)
  if (path === null)
    return [{ result: 'warn', detail: 'The database is in memory, and gone when the server ends.' }]
  if (!existsSync(path))
    return [{ result: 'ok', detail: `${path} does not exist yet; the first start makes it.` }]
  const found: Found[] = []
  if ((statSync(path).mode & OTHERS) !== 0 && process.platform !== 'win32')
    found.push({ result: 'warn', detail: `${path} can be read by others. Run: chmod 600 ${path}` })
  return [...found, useOf(path)]
}

function useOf(path: string): Found {
  const unused: Found = { result: 'ok', detail: `${path} is there and no server uses it.` }
  // The check must not create the lock file: it would belong to the current user, and the server could not use it.
  if (!existsSync(`${path}.lock`)) return unused
  try {
    lockFile(path).release()
    return unused
  } catch (error) {
    if (error instanceof StoreOpenError)
      return { result: 'ok', detail: `${path} is there and a server uses it.` }
    return {
      result: 'fail',
      detail: `${path}.lock cannot be opened (${reasonOf(error)}): run this as the user of the server, who must be able to write it.`,
    }
  }
}

async function checkPostgres(url: string, shown: string): Promise<Found[]> {
  try {
    const { version, isEncrypted, fsync } = await probePostgres(url)
    const major = Number.parseInt(version, 10)
    const found: Found[] = [
      {
        result: major >= 14 ? 'ok' : 'fail',
        detail: `${shown} is PostgreSQL ${version}${major >= 14 ? '' : '; 14 or later is needed'}.`,
      },
    ]
    if (!fsync)
      found.push({
        result: 'fail',
        detail: 'Its fsync is off: a power loss takes back what was answered. Switch it on.',
      })
    if (!isEncrypted && !isLocalHost(new URL(url).hostname))
      found.push({
        result: 'warn',
        detail: 'The connection to it is not encrypted. Add ?sslmode=verify-full to its URL.',
      })
    return found
  } catch (error) {
    return [
      {
        result: 'fail',
        detail: `${shown} cannot be used: ${reasonOf(error)}`,
      },
    ]
  }
}

/** Checks the speed of the disk's sync, and its free space. */
export async function checkDisk(config: Config): Promise<Found[]> {
  const path = fileOf(config)
  if (path === null) return []
  const folder = nearestFolder(dirname(resolve(path)))
  try {
    const { bavail, bsize } = statfsSync(folder)
    const mib = Math.floor((Number(bavail) * Number(bsize)) / MIB)
    const room: Found =
      mib < config.diskReserveMib
        ? { result: 'fail', detail: `${folder} has ${mib} MiB left, less than LATCHKEY_DISK_RESERVE.` }
        : { result: mib < ROOM_MIB ? 'warn' : 'ok', detail: `${folder} has ${mib} MiB left.` }
    return [room, syncFound(folder, medianSyncMs(folder))]
  } catch (error) {
    return [
      {
        result: 'fail',
        detail: `${folder} cannot be written: ${reasonOf(error)}`,
      },
    ]
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}

function syncFound(folder: string, ms: number): Found {
  const took = `A write to ${folder} is on disk after ${ms.toFixed(2)} ms`
  if (ms > SYNC_MS.slow) return { result: 'warn', detail: `${took}: every change waits for that.` }
  if (ms < SYNC_MS.none)
    return {
      result: 'warn',
      detail: `${took}, which no disk does: it is most likely kept in memory, and lost with the power.`,
    }
  return { result: 'ok', detail: `${took}.` }
}

function medianSyncMs(folder: string): number {
  const own = mkdtempSync(join(folder, '.latchkey-doctor-'))
  const file = openSync(join(own, 'sync'), 'w')
  try {
    const times = Array.from({ length: SYNCS }, () => {
      const began = performance.now()
      writeSync(file, 'x'.repeat(4_096))
      fdatasyncSync(file)
      return performance.now() - began
    })
    return times.toSorted((one, other) => one - other)[SYNCS >> 1] ?? 0
  } finally {
    closeSync(file)
    rmSync(own, { recursive: true, force: true })
  }
}

/** Compares the clock of this machine with the file system's and, if there is a server, with its clock. */
export async function checkClock(url: string, { now }: Pick<Context, 'now'>): Promise<Found[]> {
  const own = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
  const fileMs = statSync(own).mtimeMs
  rmSync(own, { recursive: true, force: true })
  if (Math.abs(fileMs - now()) > CLOCK_MS)
    return [
      { result: 'fail', detail: 'The clock and the times of new files differ by more than five seconds.' },
    ]
  const date = await dateOf(url)
  if (date === null) return [{ result: 'ok', detail: `It is ${new Date(now()).toISOString()}.` }]
  return [clockFinding(now(), date)]
}

/** Compares this machine's clock with the server's `Date` header, which has whole seconds and may be a second old. */
export function clockFinding(now: number, date: number): Found {
  const told = `It is ${new Date(now).toISOString()}`
  const ahead = Math.round((now - date) / 1_000)
  if (Math.abs(now - date) <= HEADER_MS) return { result: 'ok', detail: `${told}, also on the server.` }
  return {
    result: Math.abs(now - date) > CLOCK_MS ? 'warn' : 'ok',
    detail: `${told}, ${Math.abs(ahead)} seconds ${ahead < 0 ? 'behind' : 'ahead of'} the server.`,
  }
}

async function dateOf(url: string): Promise<number | null> {
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(CLOCK_MS) }).catch(() => null)
  const at = Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(at) ? null : at
}

/** Checks whether the port is free, or one of our servers listens there. */
export async function checkPort({ host, port }: Config): Promise<Found[]> {
  if (port === 0) return [{ result: 'ok', detail: 'Any free port is taken at the start.' }]
  const failure = await bindingFailure(host, port)
  if (failure === null) return [{ result: 'ok', detail: `${host}:${port} is free.` }]
  const url = ownUrl({ host, port })
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(CLOCK_MS) }).catch(() => null)
  if (response?.ok === true) return [{ result: 'ok', detail: `A server listens at ${url} already.` }]
  return [
    {
      result: 'fail',
      detail: `${host}:${port} cannot be used: ${failure}. Choose another with LATCHKEY_PORT.`,
    },
  ]
}

function bindingFailure(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
