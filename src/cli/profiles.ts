import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandError, type Target } from './command.ts'

/** A server that somebody has signed in to. */
export interface Profile {
  url: string
  apiKey: string
}

/** The data that `latchkey login` keeps: profiles by name, and the name of the one in use. */
export interface Profiles {
  current: string | null
  profiles: Record<string, Profile>
}

type Env = Readonly<Record<string, string | undefined>>

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
const OTHERS = 0o077
/** Where a server and a key come from that nobody has named. */
export const NOBODY = 'nothing'
/** The default server. */
export const DEFAULT_URL = 'http://127.0.0.1:8080'

/** The path of the file with the profiles. */
export function profilesPath({ XDG_CONFIG_HOME, HOME }: Env): string {
  return join(XDG_CONFIG_HOME || join(HOME || homedir(), '.config'), 'latchkey', 'config.json')
}

/** Reads the profiles; none when there is no file. A file that others can read is refused, because it contains keys. */
export function readProfiles(env: Env): Profiles {
  const path = profilesPath(env)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return { current: null, profiles: {} }
  if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0)
    throw new CommandError(`${path} holds keys and others can read it. Run: chmod 600 ${path}`)
  try {
    return parsed(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    throw new CommandError(`${path} is not what latchkey login writes. Remove it and log in again.`)
  }
}

function parsed(value: unknown): Profiles {
  const { current = null, profiles } = value as Partial<Profiles>
  if (typeof profiles !== 'object' || profiles === null) throw new TypeError('no profiles')
  for (const { url, apiKey } of Object.values(profiles))
    if (typeof url !== 'string' || typeof apiKey !== 'string') throw new TypeError('no profile')
  return { current: typeof current === 'string' ? current : null, profiles: { ...profiles } }
}

/** Writes the profiles, readable by their owner only; an existing file is replaced as a whole. */
export function writeProfiles(env: Env, profiles: Profiles): string {
  const path = profilesPath(env)
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE })
  const beside = `${path}.${process.pid}`
  writeFileSync(beside, `${JSON.stringify(profiles, null, 2)}\n`, { mode: FILE_MODE })
  chmodSync(beside, FILE_MODE)
  renameSync(beside, path)
  return path
}

/**
 * The server that a command calls: of a named profile, else of LATCHKEY_URL and LATCHKEY_API_KEY, else of the profile in use. A key
 * is only ever sent to the server that it was given for. Our clients read LATCHKEY_BASE_URL beside LATCHKEY_API_KEY, so that the pair
 * counts here, too.
 */
export function targetOf(env: Env, asked: Asked): Target {
  const target = targetNamed(env, asked)
  const { url } = target
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new CommandError(
      `The address of the server is ${JSON.stringify(url)}, and no http or https address.`,
    )
  return target
}

interface Asked {
  url?: string | undefined
  profile?: string | undefined
}

function targetNamed(env: Env, asked: Asked): Target {
  const named = asked.profile ?? (env.LATCHKEY_PROFILE || undefined)
  const { LATCHKEY_URL, LATCHKEY_BASE_URL, LATCHKEY_API_KEY } = env
  if (asked.profile === undefined && LATCHKEY_API_KEY) {
    const url = asked.url ?? (LATCHKEY_URL || LATCHKEY_BASE_URL || undefined)
    return { url: url ?? DEFAULT_URL, apiKey: LATCHKEY_API_KEY, from: 'LATCHKEY_API_KEY' }
  }
  const { current, profiles } = readProfiles(env)
  const name = named ?? current
  const profile = name === null || !Object.hasOwn(profiles, name) ? undefined : profiles[name]
  if (named !== undefined && profile === undefined)
    throw new CommandError(`There is no profile "${named}". Run: latchkey login --profile ${named}`)
  const url =
    asked.url ?? (asked.profile === undefined ? LATCHKEY_URL || undefined : undefined) ?? profile?.url
  if (profile !== undefined && url === profile.url) return { ...profile, from: `the profile "${name}"` }
  return { url: url ?? DEFAULT_URL, apiKey: null, from: sourceOf(asked, url) }
}

function sourceOf(asked: Asked, url: string | undefined): string {
  if (url === undefined) return NOBODY
  return asked.url === undefined ? 'LATCHKEY_URL' : '--url'
}
