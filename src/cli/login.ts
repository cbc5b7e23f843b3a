import { Latchkey } from '../../packages/client/src/index.ts'
import { CommandError, type CommandRow, type Context, type Given, textOf, UsageError } from './command.ts'
import { DEFAULT_URL, profilesPath, readProfiles, targetOf, writeProfiles } from './profiles.ts'
import { showRecord } from './show.ts'

const NAME = /^[a-zA-Z0-9._-]{1,64}$/

async function login({ terminal, env }: Context, given: Given): Promise<undefined> {
  const name = textOf(given, 'profile') ?? 'default'
  if (!NAME.test(name)) throw new UsageError('The name of a profile has letters, digits, dots, - and _.')
  const kept = readProfiles(env)
  const url = textOf(given, 'url') ?? (env.LATCHKEY_URL || kept.profiles[name]?.url || DEFAULT_URL)
  const typed = terminal.isInTty ? await terminal.ask(`Key for ${url}: `, true) : await terminal.readAll()
  const apiKey = typed.trim()
  if (apiKey === '') throw new UsageError('Give the key on the standard input.')
  const { key } = await new Latchkey({ baseUrl: url, apiKey }).keys.getSelf()
  const profiles = { ...kept.profiles, [name]: { url, apiKey } }
  const path = writeProfiles(env, { current: name, profiles })
  terminal.err(`Signed in to ${url} with the key ${key.mask}, kept as the profile "${name}" in ${path}.\n`)
  const before = kept.current
  if (before !== null && before !== name && Object.hasOwn(kept.profiles, before))
    terminal.err(
      `Commands use the profile "${name}" from now on, and no longer "${before}". To go back: latchkey profiles ${before}\n`,
    )
  if (key.access === 'use') terminal.err('This key may use the data plane only and manages nothing.\n')
  return undefined
}

function logout({ terminal, env }: Context, given: Given): undefined {
  const { current, profiles } = readProfiles(env)
  const name = textOf(given, 'profile') ?? current
  if (name === null || !Object.hasOwn(profiles, name)) throw new CommandError('There is no such profile.')
  const { [name]: _gone, ...rest } = profiles
  const [next = null] = Object.keys(rest)
  writeProfiles(env, { current: current === name ? next : current, profiles: rest })
  terminal.err(
    `The profile "${name}" is gone from ${profilesPath(env)}. Its key still works: revoke it if nobody needs it.\n`,
  )
  return undefined
}

function profiles(context: Context, given: Given): undefined {
  const { terminal, env } = context
  const { current, profiles: known } = readProfiles(env)
  const [used] = given.args
  if (used !== undefined) {
    if (!Object.hasOwn(known, used)) throw new CommandError(`There is no profile ${JSON.stringify(used)}.`)
    writeProfiles(env, { current: used, profiles: known })
    terminal.err(`The profile "${used}" is used from now on.\n`)
    return undefined
  }
  for (const [name, { url }] of Object.entries(known))
    terminal.out(`${name === current ? '*' : ' '} ${name}  ${url}\n`)
  if (Object.keys(known).length === 0) terminal.err('There are none. Make one with: latchkey login\n')
  return undefined
}

async function whoami(context: Context, given: Given): Promise<undefined> {
  const { url, from } = targetOf(context.env, {
    url: textOf(given, 'url'),
    profile: textOf(given, 'profile'),
  })
  const own = await context.client().keys.getSelf()
  const { key } = own
  showRecord(context, own, [
    ['server', url],
    ['by', from],
    ['key', key.id],
    ['name', key.name],
    ['mask', key.mask],
    ['access', key.access],
    ['status', key.status],
    ['owner', key.ownerId],
    ['expires', key.expiresAt ?? 'never'],
  ])
  return undefined
}

/** The commands that choose the server and the key. */
export const LOGIN_COMMANDS: readonly CommandRow[] = [
  {
    path: ['login'],
    summary: 'Keep a server and a key as a profile, and use it from now on',
    detail:
      'The key is read from the standard input, without showing it, and tried. Profiles are kept in ~/.config/latchkey/config.json, which only its owner can read.',
    examples: ['login --url https://keys.example.com --profile production < key.txt'],
    run: login,
  },
  { path: ['logout'], summary: 'Forget a profile', run: logout },
  {
    path: ['profiles'],
    summary: 'Show the profiles, or use another one',
    args: [{ name: 'name', doc: 'The one to use from now on.', optional: true }],
    run: profiles,
  },
  { path: ['whoami'], summary: 'Show which server is called, and with which key', shows: true, run: whoami },
]
