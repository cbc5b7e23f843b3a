import { parseDuration } from '../core/ground/durations.ts'
import { UsageError } from './command.ts'

const WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const
type Window = (typeof WINDOWS)[number]

/** `k=v` pairs as an object. */
export function labelsIn(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const pair = pairOf(text)
    if (pair === null) throw new UsageError(`--label takes name=value, not ${quoted(text)}.`)
    return pair
  })
  return Object.fromEntries(pairs)
}

/** `k=v` as a pair; null for any other text. */
export function pairOf(text: string): [name: string, value: string] | null {
  const at = text.indexOf('=')
  return at < 1 ? null : [text.slice(0, at), text.slice(at + 1)]
}

/** `5/daily` as the limit of a window; `none/daily` as no limit, where a limit can be removed. */
export function limitsIn(
  texts: readonly string[],
  { mayBeNone, option = '--limit' }: { mayBeNone: boolean; option?: string },
): { [W in Window]?: string | null } {
  const limits: { [W in Window]?: string | null } = {}
  for (const text of texts) {
    const [, amount = '', window = ''] = /^(.*)\/([a-z]+)$/.exec(text) ?? []
    const isNone = mayBeNone && amount === 'none'
    if (!isWindow(window) || !(isNone || /^\d+(\.\d{1,9})?$/.test(amount))) {
      const none = mayBeNone ? ', or none/WINDOW to take it away' : ''
      throw new UsageError(
        `${option} takes USD/WINDOW${none}, with daily, weekly, monthly or total, not ${quoted(text)}.`,
      )
    }
    if (limits[window] !== undefined) throw new UsageError(`${option} names ${window} twice.`)
    limits[window] = isNone ? null : amount
  }
  return limits
}

function isWindow(text: string): text is Window {
  return (WINDOWS as readonly string[]).includes(text)
}

/** A rate limit in the API's form. */
export interface Rate {
  name: string
  limit: number
  /** A duration such as `1m`. */
  window: string
}

/** The rate limits of a key. */
export function ratesIn(texts: readonly string[]): Rate[] {
  return texts.map((text) => {
    const rate = rateOf(text)
    if (rate === null)
      throw new UsageError(`--rate takes [NAME=]CALLS/DURATION, such as 100/1m, not ${quoted(text)}.`)
    return rate
  })
}

/** `100/1m`, or `name=100/1m`, as a rate limit; null for any other text. */
export function rateOf(text: string): Rate | null {
  const [, name = 'requests', limit, window = ''] = /^(?:([^=]+)=)?(\d+)\/(\d+[smhd])$/.exec(text) ?? []
  return limit === undefined ? null : { name, limit: Number(limit), window }
}

/** An instant in the future: a duration from now, or a date or time; null for `never`. */
export function momentAhead(option: string, text: string, now: number): string | null {
  if (text === 'never') return null
  const ms = parseDuration(text)
  return ms === null ? momentIn(option, text) : new Date(now + ms).toISOString()
}

/** An instant in the past: a duration before now, or a date or time. */
export function momentBack(option: string, text: string, now: number): string {
  const ms = parseDuration(text)
  return ms === null ? momentIn(option, text) : new Date(now - ms).toISOString()
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

function momentIn(option: string, text: string): string {
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw new UsageError(
      `${option} takes a duration such as 30d, a date such as 2030-01-31 (UTC) or a time such as 2030-01-31T12:00:00Z, not ${quoted(text)}.`,
    )
  return new Date(at).toISOString()
}

/** A whole number from 1 on. */
export function countIn(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`${option} takes a whole number from 1 on, not ${quoted(text)}.`)
  return Number(text)
}

/** A text from the user, quoted for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
