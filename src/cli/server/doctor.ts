import { readFileSync } from 'node:fs'
import { type Config, loadConfig } from '../../config/settings.ts'
import { type Context, type Given, UsageError } from '../command.ts'
import { NOBODY } from '../profiles.ts'
import { showRows } from '../show.ts'
import type { Colour } from '../text.ts'
import type { Finding, Found } from './finding.ts'
import { checkClock, checkDatabase, checkDisk, checkPort } from './machine-checks.ts'
import { checkServer, checkTls } from './remote-checks.ts'
import { ownUrl, splitFlags } from './settings.ts'

const COLOUR: Record<Finding['result'], Colour> = { ok: 'green', warn: 'yellow', fail: 'red' }

const COLUMNS = [
  {
    head: 'RESULT',
    value: ({ result }: Finding) => result,
    colour: ({ result }: Finding) => COLOUR[result],
  },
  { head: 'CHECK', value: ({ check }: Finding) => check },
  { head: 'DETAIL', value: ({ detail }: Finding) => detail },
]

/** Checks everything that a server needs. */
export async function doctor(context: Context, given: Given): Promise<number> {
  const { flags, others } = splitFlags(given.args)
  if (others.length > 0) throw new UsageError('doctor takes flags of serve only.')
  const loaded = loadConfig({ env: context.env, args: flags, readFile: (path) => readFileSync(path, 'utf8') })
  const findings: Finding[] = loaded.ok
    ? [
        { check: 'configuration', result: 'ok', detail: 'Every setting can be read.' },
        ...(await checks(context, loaded.config)),
      ]
    : loaded.problems.map((detail) => ({ check: 'configuration', result: 'fail', detail }))
  const shower = showRows<Finding>(context, COLUMNS)
  shower.rows(findings)
  shower.end()
  const failed = findings.filter(({ result }) => result === 'fail').length
  const warned = findings.filter(({ result }) => result === 'warn').length
  context.terminal.err(`${failed} failed, ${warned} to look at, ${findings.length - failed - warned} well.\n`)
  return failed > 0 ? 1 : 0
}

async function checks(context: Context, config: Config): Promise<Finding[]> {
  const named = (check: Finding['check'], found: Found[]): Finding[] =>
    found.map((each) => ({ check, ...each }))
  return [
    ...named('database', await checkDatabase(config)),
    ...named('disk', await checkDisk(config)),
    ...named('clock', await checkClock(calledUrl(context, config), context)),
    ...named('port', await checkPort(config)),
    ...named('tls', checkTls(context, config)),
    ...named('server', await checkServer(context, calledUrl(context, config))),
  ]
}

/** The server that commands call; that of the settings where nobody has named another one. */
function calledUrl({ target }: Context, config: Config): string {
  const { url, from } = target()
  return from === NOBODY ? ownUrl(config) : url
}
