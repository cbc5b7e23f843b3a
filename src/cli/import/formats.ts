import type { ImportKey } from '../../../packages/client/src/index.ts'
import { nearestName } from '../../config/sources.ts'
import { IMPORTED_MASK } from '../../core/ground/secret.ts'
import { CommandError, UsageError } from '../command.ts'
import { pairOf, type Rate, rateOf } from '../values.ts'
import {
  cellOf,
  digestIn,
  listIn,
  momentOf,
  numberIn,
  objectsIn,
  RowError,
  structureIn,
  switchIn,
  textIn,
} from './columns.ts'
import { BETTER_AUTH, LITELLM, leftOver, UNKEY } from './left-over.ts'
import type { Row } from './records.ts'

/** The exports that can be read. */
export const FORMATS = ['latchkey', 'csv', 'better-auth', 'litellm', 'unkey'] as const
/** One of them. */
export type Format = (typeof FORMATS)[number]

/** How to read the column of the secret: `auto` reads a text that looks like a SHA-256 as one. */
export type SecretsAre = 'auto' | 'digest' | 'text'

/** A key of an export in our form, and the values that cannot be imported. */
export interface Mapped {
  /** Its secret, if the export has the text. */
  text?: string
  key: Omit<ImportKey, 'secret'> & { owner?: string; workspace?: string }
  lost: string[]
}

type Map = (row: Row, are: SecretsAre) => Mapped

/** The format of an export, by the names of its columns. */
export function formatOf(row: Row, isCsv: boolean): Format {
  const has = (...names: string[]) => names.some((name) => Object.hasOwn(row, name))
  if (has('token') && has('key_name', 'key_alias', 'max_budget')) return 'litellm'
  if (has('key') && has('start', 'referenceId', 'reference_id', 'rateLimitEnabled', 'rate_limit_enabled'))
    return 'better-auth'
  if (has('hash') || has('plaintext')) return 'unkey'
  if (has('sha256', 'secret')) return isCsv ? 'csv' : 'latchkey'
  throw new UsageError(
    `The file is none that is known by its columns. Say which with --format: ${FORMATS.join(', ')}.`,
  )
}

/** The way to read each format. */
export const MAPS: Record<Format, Map> = {
  latchkey(row) {
    const { secret, ...key } = row as ImportKey
    return { ...(typeof secret === 'string' && { text: secret }), key, lost: [] }
  },
  csv: ownCsv,
  'better-auth': betterAuth,
  litellm: liteLlm,
  unkey,
}

const OWN_COLUMNS = new Set([
  ...['sha256', 'secret', 'mask', 'id', 'name', 'access', 'disabled', 'owner', 'workspace'],
  ...['external_user_id', 'labels', 'permissions', 'rates', 'allowed_ips', 'not_before', 'expires_at'],
  ...['limit_daily', 'limit_weekly', 'limit_monthly', 'limit_total', 'include_byok_in_limit'],
])

function ownCsv(row: Row): Mapped {
  const unknown = Object.keys(row).find((name) => !OWN_COLUMNS.has(name))
  if (unknown !== undefined)
    throw new CommandError(
      `There is no column ${JSON.stringify(unknown)}. The nearest one is ${nearestName(unknown, [...OWN_COLUMNS])}. Known are ${[...OWN_COLUMNS].join(', ')}.`,
    )
  const many = (name: string) =>
    (textIn(row, name) ?? '')
      .split(';')
      .map((each) => each.trim())
      .filter((each) => each !== '')
  const manyOf = <T>(name: string, read: (text: string) => T | null, form: string) =>
    many(name).map((each) => {
      const value = read(each)
      if (value === null) throw new RowError(`${name}: Must be ${form}, several between semicolons.`)
      return value
    })
  const text = textIn(row, 'secret')
  return {
    ...(text !== undefined && { text }),
    key: given({
      sha256: textIn(row, 'sha256'),
      mask: textIn(row, 'mask'),
      id: textIn(row, 'id'),
      name: textIn(row, 'name'),
      access: textIn(row, 'access') as 'use' | undefined,
      disabled: switchIn(row, 'disabled'),
      owner: textIn(row, 'owner'),
      workspace: textIn(row, 'workspace'),
      externalUserId: textIn(row, 'external_user_id'),
      labels: Object.fromEntries(manyOf('labels', pairOf, 'name=value')),
      permissions: many('permissions'),
      rateLimits: manyOf('rates', rateOf, '[name=]calls/duration, such as 100/1m'),
      allowedIps: many('allowed_ips'),
      limits: given({
        daily: textIn(row, 'limit_daily'),
        weekly: textIn(row, 'limit_weekly'),
        monthly: textIn(row, 'limit_monthly'),
        total: textIn(row, 'limit_total'),
      }),
      includeByokInLimit: switchIn(row, 'include_byok_in_limit'),
      notBefore: momentOf(row, 'not_before'),
      expiresAt: momentOf(row, 'expires_at'),
    }),
    lost: [],
  }
}

/** The table `apikey` of better-auth: it stores keys as SHA-256 in base64url, unless hashing was turned off. */
function betterAuth(row: Row, are: SecretsAre): Mapped {
  const lost = leftOver(row, BETTER_AUTH)
  if (cellOf(row, 'remaining') !== undefined)
    lost.push('remaining and refill count calls, which no limit here does')
  const isRated = switchIn(row, 'rateLimitEnabled') ?? false
  const [max, windowMs] = [numberIn(row, 'rateLimitMax'), numberIn(row, 'rateLimitTimeWindow')]
  const rateLimits =
    isRated && max !== undefined && windowMs !== undefined ? [rateFor('requests', max, windowMs)] : []
  const granted = structureIn(row, 'permissions')
  return {
    ...secretOf(textIn(row, 'key'), are),
    key: given({
      ...digestMembers(textIn(row, 'key'), are, textIn(row, 'start')),
      name: textIn(row, 'name'),
      disabled: switchIn(row, 'enabled') === false,
      externalUserId: textIn(row, 'userId', 'referenceId'),
      permissions: statementsIn(granted),
      rateLimits,
      expiresAt: momentOf(row, 'expiresAt'),
      labels: importedLabels('better-auth', textIn(row, 'id')),
    }),
    lost,
  }
}

/** `{"files": ["read"]}` as `files.read`. */
function statementsIn(granted: unknown): string[] {
  if (typeof granted !== 'object' || granted === null || Array.isArray(granted)) return []
  return Object.entries(granted).flatMap(([resource, actions]) =>
    Array.isArray(actions) ? actions.map((action) => `${resource}.${action}`) : [],
  )
}

/** The table `LiteLLM_VerificationToken`: it stores tokens as SHA-256 in hex. */
function liteLlm(row: Row, are: SecretsAre): Mapped {
  const lost = leftOver(row, LITELLM)
  for (const [name, why] of Object.entries({
    spend: 'what was spent begins anew here',
    tpm_limit: 'tokens per minute are no limit here',
    max_parallel_requests: 'calls at the same time are no limit here',
    models: 'which models may be used is for the gateway to say',
  })) {
    const value = structureIn(row, name)
    if (value !== undefined && Number(value) !== 0 && !(Array.isArray(value) && value.length === 0))
      lost.push(`${name}: ${why}`)
  }
  const budget = textIn(row, 'max_budget')
  const lasts = textIn(row, 'budget_duration')
  const window = windowOf(lasts)
  if (budget !== undefined && window.isLonger)
    lost.push(`budget_duration ${lasts} counts as ${window.name} here`)
  const [perMinute, keyName] = [numberIn(row, 'rpm_limit'), textIn(row, 'key_name')]
  const team = textIn(row, 'team_id')
  return {
    ...secretOf(textIn(row, 'token'), are),
    key: given({
      ...digestMembers(textIn(row, 'token'), are, keyName),
      name: textIn(row, 'key_alias'),
      disabled: switchIn(row, 'blocked') === true,
      externalUserId: textIn(row, 'user_id'),
      limits: budget === undefined ? {} : { [window.name]: plainAmount(budget) },
      rateLimits: perMinute === undefined ? [] : [rateFor('requests', perMinute, 60_000)],
      expiresAt: momentOf(row, 'expires'),
      labels: { ...importedLabels('litellm', undefined), ...(team !== undefined && { team }) },
    }),
    lost,
  }
}

const UNIT_DAYS: Record<string, number> = { s: 1 / 86_400, m: 1 / 1_440, h: 1 / 24, d: 1, w: 7, mo: 31 }

/** Our shortest window that is at least as long: the same amount over a longer time never allows more. */
function windowOf(lasts: string | undefined): {
  name: 'daily' | 'weekly' | 'monthly' | 'total'
  isLonger: boolean
} {
  const [, count = '', unit = ''] = /^(\d+)(mo|[smhdw])$/.exec(lasts ?? '') ?? []
  const days = Number(count) * (UNIT_DAYS[unit] ?? Number.NaN)
  if (!(days > 0)) return { name: 'total', isLonger: lasts !== undefined }
  if (days <= 1) return { name: 'daily', isLonger: days < 1 }
  if (days <= 7) return { name: 'weekly', isLonger: days < 7 }
  if (days <= 31) return { name: 'monthly', isLonger: days < 28 }
  return { name: 'total', isLonger: true }
}

/** The form of Unkey's migrations: keys by `hash`, or `plaintext`. */
function unkey(row: Row, are: SecretsAre): Mapped {
  if (row.revision !== undefined) throw new CommandError(OWN_LIST)
  const lost = leftOver(row, UNKEY)
  if (cellOf(row, 'credits', 'remaining') !== undefined)
    lost.push('credits count calls, which no limit here does')
  if (listIn(row, 'roles').length > 0)
    lost.push('roles are not known here; give the permissions that they stand for')
  const hashed = structureIn(row, 'hash') as { value?: unknown } | undefined
  const hash = typeof hashed?.value === 'string' ? hashed.value : textIn(row, 'hash')
  const { labels, left } = labelsOfMeta(structureIn(row, 'meta'))
  if (left.length > 0) lost.push(`meta.${left.join(', meta.')}: no label can hold it`)
  const plain = textIn(row, 'plaintext')
  return {
    ...(plain === undefined ? secretOf(hash, are) : { text: plain }),
    key: given({
      ...(plain === undefined && digestMembers(hash, are, textIn(row, 'start'))),
      name: textIn(row, 'name'),
      disabled: switchIn(row, 'enabled') === false,
      externalUserId: textIn(row, 'externalId', 'ownerId'),
      permissions: listIn(row, 'permissions'),
      rateLimits: unkeyRates(row),
      expiresAt: momentOf(row, 'expires'),
      labels: { ...labels, ...importedLabels('unkey', undefined) },
    }),
    lost,
  }
}

// Such a list has a `hash`, too: of the first secret, which a rotation may have ended. Nor would a disabled or revoked key stay so.
const OWN_LIST =
  'The file is a list of keys as latchkey keys list shows it, from which they cannot be made. Copy the whole database instead: latchkey backup.'

function unkeyRates(row: Row): Rate[] {
  return [...objectsIn(row, 'ratelimits'), ...objectsIn(row, 'ratelimit')].map((each) => {
    const [limit, ms] = [numberIn(each, 'limit'), numberIn(each, 'duration', 'refillInterval')]
    if (limit === undefined || ms === undefined)
      throw new RowError('ratelimits: Must have a limit and a duration.')
    return rateFor(textIn(each, 'name') ?? 'requests', limit, ms)
  })
}

const LABEL_NAME = /^[a-z0-9._-]{1,255}$/

function labelsOfMeta(meta: unknown): { labels: Record<string, string>; left: string[] } {
  const labels: Record<string, string> = {}
  const left: string[] = []
  for (const [name, value] of Object.entries(typeof meta === 'object' && meta !== null ? meta : {})) {
    const fits = LABEL_NAME.test(name) && typeof value !== 'object' && String(value).length <= 255
    if (fits) labels[name] = String(value)
    else left.push(name)
  }
  return { labels, left }
}

function importedLabels(from: string, id: string | undefined): Record<string, string> {
  return { 'imported-from': from, ...(id !== undefined && id.length <= 255 && { 'imported-id': id }) }
}

function rateFor(name: string, limit: number, windowMs: number): Rate {
  return { name, limit, window: `${Math.max(1, Math.ceil(windowMs / 1_000))}s` }
}

/** A number of dollars without an exponent, as the API takes it. */
function plainAmount(text: string): string {
  const amount = Number(text)
  return Number.isFinite(amount) ? amount.toFixed(9).replace(/\.?0+$/, '') : text
}

/** The text of a secret, if the column holds it. */
function secretOf(column: string | undefined, are: SecretsAre): { text?: string } {
  if (column === undefined) return {}
  const isText = are === 'text' || (are === 'auto' && digestIn(column) === null)
  return isText ? { text: column } : {}
}

function digestMembers(
  column: string | undefined,
  are: SecretsAre,
  start: string | undefined,
): { sha256?: string; mask?: string } {
  const digest = column === undefined || are === 'text' ? null : digestIn(column)
  if (digest === null) return {}
  const mask = start === undefined ? null : start.includes('...') ? start : `${start.slice(0, 8)}...`
  return { sha256: digest, ...(mask !== null && IMPORTED_MASK.test(mask) && { mask }) }
}

/** The object without its undefined members. */
function given<T extends object>(members: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => {
    if (value === undefined || value === false) return false
    return typeof value !== 'object' || value === null || Object.keys(value).length > 0
  })
  return Object.fromEntries(entries) as { [Name in keyof T]: Exclude<T[Name], undefined> }
}
