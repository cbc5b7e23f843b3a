/** The names under which one setting may be given. */
export interface SettingNames {
  /** Name of its environment variable. */
  env: string
  /** Name of its flag of `serve`. */
  flag: string
  /** Whether its value must not be shown, and may be read from a file instead. */
  secret?: boolean
  /** Whether its flag may be given without a value, which means `true`. */
  bare?: boolean
}

/** The places from which settings are read. */
export interface SettingSources {
  /** The process environment. */
  env: Readonly<Record<string, string | undefined>>
  /** The words after `serve` on the command line. */
  args: readonly string[]
  /** Reads a text file; throws when it cannot. */
  readFile(path: string): string
}

/** One setting that was given: its name there, and the text. An empty text counts as not given. */
export interface GivenSetting {
  name: string
  text: string
}

/** For each of the settings, in their order, the given text (null for none), and one line for each problem. */
export interface Given {
  settings: (GivenSetting | null)[]
  problems: string[]
}

/**
 * Collects the texts from the environment, the flags and the files. Flags take precedence over the environment. An unknown name that
 * resembles ours is a problem, with the nearest known name, so that a typing error is not ignored.
 */
export function readSources(settings: readonly SettingNames[], sources: SettingSources): Given {
  const problems: string[] = []
  const flags = readFlags(settings, sources.args, problems)
  const env = readEnv(settings, sources.env, problems)
  const found = settings.map((setting) => {
    const given =
      oneOf(flags, setting.flag, fileFlag(setting), problems) ??
      oneOf(env, setting.env, fileEnv(setting), problems)
    return given?.isFile ? readSecretFile(given, sources, problems) : given
  })
  return { settings: found, problems }
}

/** The known name that is the fewest single-character changes away; missing words at its end count as one change. */
export function nearestName(name: string, known: readonly string[]): string {
  const spelt = name.replaceAll(/[A-Za-z]+/g, (word) => longForm(word))
  const ranked = known.map((candidate) => ({
    candidate,
    changes: Math.min(...[name, spelt].map((each) => changesBetween(each, candidate))),
  }))
  return ranked.reduce((best, next) => (next.changes < best.changes ? next : best)).candidate
}

/** Words of other programs, and the words that our settings have for the same. */
const OUR_WORDS: Record<string, string> = {
  db: 'database',
  dsn: 'database_url',
  pg: 'database',
  postgres: 'database',
  postgresql: 'database',
  sqlite: 'database',
  uri: 'url',
  bind: 'host',
  listen: 'host',
  address: 'host',
  addr: 'host',
}

function longForm(word: string): string {
  const ours = OUR_WORDS[word.toLowerCase()]
  if (ours === undefined) return word
  return word === word.toUpperCase() ? ours.toUpperCase() : ours.replaceAll('_', '-')
}

interface Candidate extends GivenSetting {
  isFile: boolean
}

function readEnv(
  settings: readonly SettingNames[],
  env: SettingSources['env'],
  problems: string[],
): Map<string, string> {
  const known = new Set(settings.flatMap((setting) => [setting.env, ...optional(fileEnv(setting))]))
  const given = new Map<string, string>()
  for (const [name, text] of Object.entries(env).toSorted(byName)) {
    if (!name.startsWith('LATCHKEY_') || text === undefined || text === '' || isOthers(name, text)) continue
    if (known.has(name)) given.set(name, text)
    else problems.push(`${name} is not a setting. The nearest one is ${nearestName(name, [...known])}.`)
  }
  return given
}

function readFlags(
  settings: readonly SettingNames[],
  args: readonly string[],
  problems: string[],
): Map<string, string> {
  const known = new Set(settings.flatMap((setting) => [setting.flag, ...optional(fileFlag(setting))]))
  const bare = new Set(settings.filter((setting) => setting.bare).map((setting) => setting.flag))
  const given = new Map<string, string>()
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? ''
    const [name = '', ...inline] = arg.split('=')
    if (!name.startsWith('--')) {
      // The text is not quoted: it may be a secret that lost its flag.
      problems.push(`Argument ${index + 1} of serve is not a flag: flags start with two dashes.`)
      continue
    }
    const next = args[index + 1]
    // A value never starts with two dashes, so a flag without a value does not take the next flag for it.
    const separate = inline.length === 0 && next !== undefined && !next.startsWith('--')
    if (separate) index += 1
    if (!known.has(name)) {
      problems.push(`${name} is not a flag of serve. The nearest one is ${nearestName(name, [...known])}.`)
    } else if (inline.length === 0 && !separate && bare.has(name)) {
      given.set(name, 'true')
    } else if (inline.length === 0 && !separate) {
      problems.push(`${name} needs a value.`)
    } else if (given.has(name)) {
      problems.push(`${name} is given twice.`)
    } else {
      given.set(name, separate ? next : inline.join('='))
    }
  }
  return new Map([...given].filter(([, text]) => text !== ''))
}

function oneOf(
  given: ReadonlyMap<string, string>,
  name: string,
  fileName: string | null,
  problems: string[],
): Candidate | null {
  const text = given.get(name)
  const path = fileName === null ? undefined : given.get(fileName)
  if (text !== undefined && path !== undefined)
    problems.push(`${name} and ${fileName} are both given; give one.`)
  if (text !== undefined) return { name, text, isFile: false }
  return fileName !== null && path !== undefined ? { name: fileName, text: path, isFile: true } : null
}

function readSecretFile(file: Candidate, sources: SettingSources, problems: string[]): GivenSetting | null {
  try {
    // Editors and `echo` end a file with a line break that is not part of the secret.
    const text = sources.readFile(file.text).replace(/\r?\n$/, '')
    if (text !== '') return { name: file.name, text }
    problems.push(`${file.name} names ${shown(file.text)}, which is empty.`)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    problems.push(`${file.name} names ${shown(file.text)}, which cannot be read${reason}.`)
  }
  return null
}

function fileEnv({ env, secret }: SettingNames): string | null {
  return secret ? `${env}_FILE` : null
}

function fileFlag({ flag, secret }: SettingNames): string | null {
  return secret ? `${flag}-file` : null
}

/** Variables of the launcher, the commands and the clients, which a shell that starts a server may have as well. */
const FOR_CALLERS = new Set([
  'LATCHKEY_BUN',
  'LATCHKEY_URL',
  'LATCHKEY_API_KEY',
  'LATCHKEY_PROFILE',
  'LATCHKEY_BASE_URL',
])

/** True for variables that share our prefix without being meant for the server. */
function isOthers(name: string, text: string): boolean {
  if (name.startsWith('LATCHKEY_TEST_') || FOR_CALLERS.has(name)) return true
  // Kubernetes gives every container variables named after the services of its namespace: a service called "latchkey"
  // adds LATCHKEY_SERVICE_HOST, LATCHKEY_PORT_8080_TCP_ADDR and even LATCHKEY_PORT=tcp://10.0.0.1:8080.
  return (
    /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text))
  )
}

/** A user's text in quotes, without control characters and cut to fit into a line. */
export function shown(text: string): string {
  const charsMax = 80
  return JSON.stringify(text.length > charsMax ? `${text.slice(0, charsMax)}…` : text)
}

function byName([first]: [string, unknown], [second]: [string, unknown]): number {
  return first < second ? -1 : 1
}

function optional(name: string | null): string[] {
  return name === null ? [] : [name]
}

/** The Levenshtein distance, or 1 when the second text is the first with further words. */
function changesBetween(first: string, second: string): number {
  if (/^[_-]/.test(second.slice(first.length)) && second.startsWith(first)) return 1
  let row = Array.from({ length: second.length + 1 }, (_, index) => index)
  for (let i = 1; i <= first.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= second.length; j += 1) {
      const same = first[i - 1] === second[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[second.length] ?? 0
}
