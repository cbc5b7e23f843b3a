import { useEffect, useState } from 'preact/hooks'
import { DAY_MS } from './day.ts'

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const UNITS = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** The distance of a moment from now, in words. */
export function fromNow(at: string, now = Date.now()): string {
  const distance = new Date(at).getTime() - now
  const [unit, ms] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ['second', 1_000]
  return relative.format(Math.round(distance / ms), unit)
}

/** A moment in the local zone; UTC is in its title. */
export function Time({ at, as = 'relative' }: { at: string; as?: 'relative' | 'exact' | 'day' }) {
  useTick(as === 'relative')
  const date = new Date(at)
  const text = as === 'relative' ? fromNow(at) : (as === 'day' ? day : local).format(date)
  const title = as === 'exact' ? utc(at) : `${local.format(date)}\n${utc(at)}`
  return (
    <time dateTime={at} title={title}>
      {text}
    </time>
  )
}

function utc(at: string): string {
  return `${at.replace('T', ' ').replace('Z', '')} UTC`
}

/** Renders the component again from time to time, because its text depends on the time. */
function useTick(isOn: boolean): void {
  const [, setTick] = useState(0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => setTick((tick) => tick + 1), 10_000)
    return () => clearInterval(timer)
  }, [isOn])
}
