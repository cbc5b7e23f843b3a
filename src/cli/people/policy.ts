import type { GrantPolicy } from '../../../packages/client/src/index.ts'
import { type Given, type OptionRow, textOf, textsOf, UsageError } from '../command.ts'
import type { Line } from '../show.ts'
import { limitsIn } from '../values.ts'
import { limitsText } from './accounts.ts'

/** The options that bound the keys which a user may make. */
export const POLICY_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--may-grant <permission>',
    doc: 'A permission that it may give to keys, such as documents.*, or none; replaces those of before.',
    repeat: true,
  },
  {
    flags: '--key-limit <usd/window>',
    doc: 'The most that a key it makes may spend, such as 100/monthly.',
    repeat: true,
  },
  { flags: '--key-lifetime <duration>', doc: 'The longest life of a key it makes, such as 90d, or any.' },
]

/** The policy that the options name. `mayBeNone` allows to remove a limit, which a new user does not have. */
export function policyIn(given: Given, { mayBeNone }: { mayBeNone: boolean }) {
  const permissions = textsOf(given, 'mayGrant')
  const limits = limitsIn(textsOf(given, 'keyLimit'), { mayBeNone, option: '--key-limit' })
  const lifetime = textOf(given, 'keyLifetime')
  if (permissions.includes('none') && permissions.length > 1)
    throw new UsageError('--may-grant takes permissions, or none alone.')
  const policy = {
    ...(permissions.length > 0 && { permissions: permissions.filter((each) => each !== 'none') }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(lifetime !== undefined && { keyLifetime: lifetime === 'any' ? null : lifetime }),
  }
  return Object.keys(policy).length > 0 ? { policy } : {}
}

/** A policy as lines of a record. */
export function policyLines({ permissions, limits, keyLifetime }: GrantPolicy): readonly Line[] {
  return [
    ['may grant', permissions === null ? 'any permission' : permissions.join(', ') || 'no permission'],
    ['key limits', limitsText(limits as Record<string, string>)],
    ['key lifetime', keyLifetime],
  ]
}
