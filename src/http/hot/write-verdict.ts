import { DAY_MS, type Instant } from '../../core/ground/clock.ts'
import { formatDuration } from '../../core/ground/durations.ts'
import type { MoneyDemand } from '../../core/ledger/money-demand.ts'
import type { BudgetLine } from '../../core/money/budgets.ts'
import { formatUsd } from '../../core/money/money.ts'
import type { Key, RateLimit } from '../../core/types.ts'
import type { RateState } from '../../core/verify/rates.ts'
import type { ValidVerdict, Verdict } from '../../core/verify/verify.ts'
import { formatInstant } from '../kernel/input.ts'
import { renderVerdict } from '../native/verify/verdict-wire.ts'
import { createRecent } from './recent.ts'

/**
 * How many keys have parts of an answer kept as text, and how long they may be: the identity of a key may have 50 KiB, and those who
 * make keys choose it.
 */
const KEPT = { count: 10_000, chars: 2_048, charsOf: (_key: Key, { identity }: KeyTexts) => identity.length }

/** The parts of a key's answers that repeat. */
interface KeyTexts {
  identity: string
  /** For each rate limit, the part that does not change. */
  rates: readonly string[]
  /** The budget lines that were written last. They are the same list object while nothing is spent. */
  budget: readonly BudgetLine[] | null
  budgetText: string
}

/** Writes a verdict as JSON: byte for byte what `JSON.stringify` makes of {@link renderVerdict}. */
export type WriteVerdict = (verdict: Verdict, take: MoneyDemand | undefined) => string

/** Builds the writer. The part of an answer that is about the key itself is written once; a changed key is another object. */
export function createVerdictWriter(): WriteVerdict {
  const texts = createRecent<Key, KeyTexts>(KEPT)

  function textsOf(key: Key): KeyTexts {
    const known = texts.get(key)
    if (known !== undefined) return known
    const rates = key.rateLimits.map(writeRateHead)
    return texts.set(key, { identity: writeIdentity(key), rates, budget: null, budgetText: '[]' })
  }

  function writeBudget(known: KeyTexts, budget: readonly BudgetLine[]): string {
    if (known.budget === budget) return known.budgetText
    known.budgetText = writeList(budget, writeLine)
    known.budget = budget
    return known.budgetText
  }

  function writeValid({ key, budget, rateLimits }: ValidVerdict): string {
    const known = textsOf(key)
    const rates = writeRates(rateLimits, known)
    return `${known.identity},"budget":${writeBudget(known, budget)},"rateLimits":${rates},"revision":${key.revision}`
  }

  return (verdict, take) => {
    if (verdict.code === 'NOT_FOUND') return NOT_FOUND
    // These answers are rare, or cost more to decide than to write.
    if (!verdict.valid || take?.kind === 'reserve') return JSON.stringify(renderVerdict(verdict, take))
    return `${writeValid(verdict)}${writeCharge(verdict, take)}}`
  }
}

const NOT_FOUND = JSON.stringify(renderVerdict({ valid: false, code: 'NOT_FOUND' }, undefined))

function writeCharge({ crossed, replayed }: ValidVerdict, charge: MoneyDemand | undefined): string {
  if (charge === undefined) return ''
  const thresholds = crossed.length === 0 ? '' : `,"crossed":[${crossed.join()}]`
  return `,"charged":"${formatUsd(charge.amount)}"${thresholds}${replayed ? ',"replayed":true' : ''}`
}

function writeIdentity(key: Key): string {
  const { id, ownerId, workspaceId, externalUserId, name, labels, permissions, expiresAt } = key
  const members = {
    valid: true,
    code: 'VALID',
    keyId: id,
    ownerId,
    workspaceId,
    externalUserId,
    name,
    labels,
    permissions,
    expiresAt: expiresAt === null ? null : formatInstant(expiresAt),
  }
  return JSON.stringify(members).slice(0, -1)
}

function writeList<Item>(items: readonly Item[], write: (item: Item) => string): string {
  if (items.length === 0) return '[]'
  let text = ''
  for (const item of items) text += text === '' ? write(item) : `,${write(item)}`
  return `[${text}]`
}

function writeLine({ account, window, limit, spent, reserved, remaining, resetsAt }: BudgetLine): string {
  return `{"scope":"${account.kind}","id":"${account.id}","window":"${window}","limit":"${formatUsd(limit)}","spent":"${formatUsd(spent)}","reserved":"${formatUsd(reserved)}","remaining":"${formatUsd(remaining)}","resetsAt":${resetsAt === null ? 'null' : `"${writeInstant(resetsAt)}"`}}`
}

/** The lengths of rate limits' windows as text; keys have few different ones. */
const lengths = new Map<number, string>()
const LENGTHS_KEPT = 256

function writeLength(windowMs: number): string {
  const known = lengths.get(windowMs)
  if (known !== undefined) return known
  if (lengths.size >= LENGTHS_KEPT) lengths.clear()
  const text = formatDuration(windowMs)
  lengths.set(windowMs, text)
  return text
}

function writeRateHead({ name, limit, windowMs }: RateLimit): string {
  return `{"name":${JSON.stringify(name)},"limit":${limit},"window":"${writeLength(windowMs)}","remaining":`
}

/** The states of a key's rate limits, in the order of its record. */
function writeRates(states: readonly RateState[], { rates }: KeyTexts): string {
  if (states.length === 0) return '[]'
  let text = ''
  for (const [index, state] of states.entries()) {
    const head = rates[index] ?? writeRateHead(state)
    text += `${index === 0 ? '' : ','}${head}${state.remaining},"resetsAt":"${writeInstant(state.resetsAt)}"}`
  }
  return `[${text}]`
}

/** The dates that were written last, by days since 1970. Most are today, tomorrow, and the ends of this week and month. */
const dates = new Map<number, string>()
const DATES_KEPT = 16

function dateOf(atDay: number, at: Instant): string {
  const known = dates.get(atDay)
  if (known !== undefined) return known
  if (dates.size >= DATES_KEPT) dates.clear()
  const date = formatInstant(at).slice(0, -'00:00:00.000Z'.length)
  dates.set(atDay, date)
  return date
}

/** The result of {@link formatInstant}; the date is kept from the last time, because it is mostly the same. */
function writeInstant(at: Instant): string {
  const atDay = Math.floor(at / DAY_MS)
  if (!Number.isInteger(at) || at < 0) return formatInstant(at)
  const date = dateOf(atDay, at)
  const ms = at - atDay * DAY_MS
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  if (ms === 0) return `${date}00:00:00.000Z`
  return `${date}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${three(ms % 1_000)}Z`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}

function three(number: number): string {
  return number < 10 ? `00${number}` : number < 100 ? `0${number}` : `${number}`
}
