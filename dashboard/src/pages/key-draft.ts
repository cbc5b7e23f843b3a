import type { CreateKey, Key, UpdateKey } from '@latchkey/client'
import { DAY_MS } from '../parts/day.ts'
import { isAmount, type LimitTexts, limitsChange, textsOf, WINDOWS } from './limit-texts.ts'

/** The content of a key's form: texts, as they stand in the fields. */
export interface KeyDraft {
  name: string
  access: string
  ownerId: string
  workspaceId: string
  externalUserId: string
  permissions: string
  /** `never`, `custom` or a number of days. */
  expiry: string
  expiresAt: string
  limits: LimitTexts
  includeByokInLimit: boolean
  rates: string
  allowedIps: string
  labels: string
}

/** The empty form. Most keys should expire, so that is chosen. */
export const NEW_DRAFT: KeyDraft = {
  name: '',
  access: 'use',
  ownerId: '',
  workspaceId: '',
  externalUserId: '',
  permissions: '',
  expiry: '90',
  expiresAt: '',
  limits: textsOf({}),
  includeByokInLimit: false,
  rates: '',
  allowedIps: '',
  labels: '',
}

/** The errors of the typed texts, by field; the server checks the rest. */
export function problemsOfDraft(draft: KeyDraft): Partial<Record<keyof KeyDraft, string>> {
  const problems: Partial<Record<keyof KeyDraft, string>> = {}
  for (const window of WINDOWS)
    if (draft.limits[window].trim() !== '' && !isAmount(draft.limits[window]))
      problems.limits = `The ${window} limit must be an amount such as 25 or 0.50.`
  if (draft.expiry === 'custom' && Number.isNaN(Date.parse(draft.expiresAt)))
    problems.expiresAt = 'Choose a day and a time.'
  const rate = entriesOf(draft.rates).find((line) => rateOf(line) === null)
  if (rate !== undefined) problems.rates = `“${rate}” is not of the form “requests 100/1m”.`
  const label = labelLinesOf(draft.labels).find((line) => !/^[^=]+=.*$/.test(line))
  if (label !== undefined) problems.labels = `“${label}” is not of the form “env=production”.`
  return problems
}

/** The request that makes the key. */
export function newKeyOf(draft: KeyDraft, now: number): CreateKey {
  return {
    name: draft.name.trim(),
    access: draft.access,
    ...(draft.ownerId === '' ? {} : { ownerId: draft.ownerId }),
    ...(draft.workspaceId === '' ? {} : { workspaceId: draft.workspaceId }),
    ...(draft.externalUserId.trim() === '' ? {} : { externalUserId: draft.externalUserId.trim() }),
    permissions: entriesOf(draft.permissions),
    expiresAt: expiryOf(draft, now),
    limits: limitsChange(NEW_DRAFT.limits, draft.limits) ?? {},
    includeByokInLimit: draft.includeByokInLimit,
    rateLimits: ratesOf(draft),
    allowedIps: entriesOf(draft.allowedIps),
    labels: labelsOf(draft),
  }
}

/** The draft of an existing key. */
export function draftOf(key: Key): KeyDraft {
  return {
    name: key.name,
    access: key.access,
    ownerId: key.ownerId,
    workspaceId: key.workspaceId,
    externalUserId: key.externalUserId ?? '',
    permissions: key.permissions.join('\n'),
    expiry: key.expiresAt === null ? 'never' : 'custom',
    expiresAt: key.expiresAt === null ? '' : localOf(key.expiresAt),
    limits: textsOf(key.limits),
    includeByokInLimit: key.includeByokInLimit,
    rates: key.rateLimits.map(({ name, limit, window }) => `${name} ${limit}/${window}`).join('\n'),
    allowedIps: key.allowedIps.join('\n'),
    labels: Object.entries(key.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  }
}

/** The change that turns the key into the draft: only the members that differ, so that it undoes no change of another person. */
export function changeOf(key: Key, draft: KeyDraft, now: number): UpdateKey {
  const before = draftOf(key)
  const wanted = newKeyOf(draft, now)
  const change: UpdateKey = {}
  for (const name of ['name', 'access', 'permissions', 'includeByokInLimit', 'allowedIps'] as const)
    if (String(draft[name]) !== String(before[name])) Object.assign(change, { [name]: wanted[name] })
  if (draft.rates !== before.rates) change.rateLimits = ratesOf(draft)
  if (draft.externalUserId !== before.externalUserId) change.externalUserId = wanted.externalUserId ?? null
  if (draft.expiry !== before.expiry || draft.expiresAt !== before.expiresAt)
    change.expiresAt = expiryOf(draft, now)
  const limits = limitsChange(before.limits, draft.limits)
  if (limits !== undefined) change.limits = limits
  if (draft.labels !== before.labels) {
    const [was, labels] = [labelsOf(before), labelsOf(draft)]
    const changed = Object.entries(labels).filter(([name, value]) => was[name] !== value)
    const gone = Object.keys(was).filter((name) => !(name in labels))
    change.labels = Object.fromEntries([...changed, ...gone.map((name) => [name, null] as const)])
  }
  return change
}

/** The entries of a field, one per line. Commas separate, too, in fields whose entries contain none. */
function entriesOf(text: string, separator: RegExp = /[\n,]/): string[] {
  return text
    .split(separator)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function expiryOf({ expiry, expiresAt }: KeyDraft, now: number): string | null {
  if (expiry === 'never') return null
  if (expiry === 'custom') return new Date(expiresAt).toISOString()
  return new Date(now + Number(expiry) * DAY_MS).toISOString()
}

function ratesOf({ rates }: KeyDraft) {
  return entriesOf(rates).flatMap((line) => rateOf(line) ?? [])
}

function rateOf(line: string): { name: string; limit: number; window: string } | null {
  const [, name, limit, window] = /^(?:(\S+)\s+)?(\d+)\s*\/\s*(\d+[smhd])$/.exec(line) ?? []
  return limit === undefined || window === undefined
    ? null
    : { name: name ?? 'requests', limit: Number(limit), window }
}

/** The value of a label may contain commas. */
function labelLinesOf(labels: string): string[] {
  return entriesOf(labels, /\n/)
}

function labelsOf({ labels }: KeyDraft): Record<string, string> {
  return Object.fromEntries(
    labelLinesOf(labels).map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name.trim(), value.join('=').trim()]
    }),
  )
}

/** A moment in the form of a field for local times. */
export function localOf(at: string): string {
  const date = new Date(at)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}
