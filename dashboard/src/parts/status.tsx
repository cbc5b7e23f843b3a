import type { Budget, Key } from '@latchkey/client'
import { DAY_MS } from './day.ts'
import { nano } from './money.ts'
import { fromNow } from './time.tsx'

const SOON_MS = 30 * DAY_MS
const URGENT_MS = 7 * DAY_MS

interface Shown {
  tone: 'good' | 'warn' | 'bad' | 'off' | 'info'
  text: string
  title?: string
}

/** The facts about a key's state that a person must know, the most serious first. */
export function statesOf(key: Key, now = Date.now()): Shown[] {
  const states: Shown[] = [lifeOf(key, now)]
  if (key.status !== 'active') return states
  if (key.budget.some(isUsedUp)) states[0] = { tone: 'bad', text: 'Over limit' }
  const expiresIn = key.expiresAt === null ? null : Date.parse(key.expiresAt) - now
  if (key.expiresAt !== null && expiresIn !== null && expiresIn < SOON_MS)
    states.push({
      tone: expiresIn < URGENT_MS ? 'warn' : 'info',
      text: `Expires ${fromNow(key.expiresAt, now)}`,
    })
  const [, old] = key.secrets
  if (old !== undefined)
    states.push({
      tone: 'info',
      text: old.expiresAt === null ? 'Rotating' : `Rotating, ends ${fromNow(old.expiresAt, now)}`,
    })
  return states
}

function lifeOf({ status, notBefore, expiresAt }: Key, now: number): Shown {
  switch (status) {
    case 'active':
      return { tone: 'good', text: 'Active' }
    case 'disabled':
      return { tone: 'off', text: 'Disabled' }
    case 'expired':
      return { tone: 'bad', text: expiresAt === null ? 'Expired' : `Expired ${fromNow(expiresAt, now)}` }
    case 'not_yet_valid':
      return { tone: 'info', text: notBefore === null ? 'Not yet valid' : `Valid ${fromNow(notBefore, now)}` }
    case 'revoked':
      return { tone: 'bad', text: 'Revoked' }
    default:
      return { tone: 'info', text: status }
  }
}

/** Whether a limit has nothing left. */
function isUsedUp({ remaining }: Budget): boolean {
  return nano(remaining) === 0n
}

/** The states of a key as pills. */
export function Status({ of }: { of: Key }) {
  return (
    <span class="pills">
      {statesOf(of).map(({ tone, text }) => (
        <span key={text} class={`pill ${tone}`}>
          {text}
        </span>
      ))}
    </span>
  )
}

/** One pill. */
export function Pill({ tone, children }: { tone: Shown['tone']; children: string }) {
  return <span class={`pill ${tone}`}>{children}</span>
}
