import fc from 'fast-check'
import type { Policy } from './powers-model.ts'

/** One call of the attacker. Numbers choose among what there is by then. */
export interface Step {
  does:
    | 'make key'
    | 'import key'
    | 'change key'
    | 'give key'
    | 'give a gift'
    | 'rotate'
    | 'rotate a gift'
    | 'boost'
    | 'make user'
    | 'change user'
    | "make OpenRouter's"
    | "change OpenRouter's"
    | "make GoodMem's"
    | "change GoodMem's"
    | 'let in'
  by: number
  target: number
  power: Record<string, unknown>
  access: string
  role: string
  policy: Policy
  /** Whether it stays within what the attacker was given. */
  modest: boolean
}

/** A world with one attacker, and what it tries there. */
export interface History {
  attacker: {
    role: string
    policy: Policy /** Whether it manages the workspace in which the others' keys are. */
    manages: boolean
  }
  others: Other[]
  steps: Step[]
}

/** A user beside the attacker, with a key. */
export interface Other {
  role: string
  policy: Policy
  disabled: boolean
  key: { access: string; disabled: boolean }
  /** Whether it is a USER of the attacker's own policy to whom ROOT has given one more key, stronger than it could give itself. */
  gifted: boolean
}

/** An expiry that lies far ahead. */
export const LATE = '2027-06-01T00:00:00.000Z'
const permission = fc.constantFrom('a.read', 'a.write', 'a.*', 'b.read', 'b.*', '*')
const permissions = fc.uniqueArray(permission, { maxLength: 3 })
const amount = fc.constantFrom('1', '3', '5')
const limits = fc.record({ daily: amount, total: amount }, { requiredKeys: [] })
const role = fc.constantFrom('USER', 'ADMIN', 'SERVICE', 'ROOT')
const access = fc.constantFrom('use', 'manage', 'full')
const policy: fc.Arbitrary<Policy> = fc.record({
  permissions: fc.option(permissions, { nil: null, freq: 4 }),
  limits,
  keyLifetime: fc.constantFrom(null, '1h', '1d', '30d'),
})
const power = fc.record(
  {
    permissions,
    limits: fc.record({ daily: fc.option(amount), total: fc.option(amount) }, { requiredKeys: [] }),
    expiresAt: fc.constantFrom(null, '2026-11-22T12:30:00.000Z', '2026-12-01T12:00:00.000Z', LATE),
    disabled: fc.boolean(),
  },
  { requiredKeys: [] },
)
const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom(
    'make key',
    'import key',
    'change key',
    'give key',
    'give a gift',
    'rotate',
    'rotate a gift',
    'boost',
    'make user',
    'change user',
    "make OpenRouter's",
    "change OpenRouter's",
    "make GoodMem's",
    "change GoodMem's",
    'let in',
  ),
  by: fc.nat(),
  target: fc.nat(),
  power,
  access,
  role,
  policy,
  modest: fc.boolean(),
})

/** Random worlds, and chains of calls in them. */
export const histories: fc.Arbitrary<History> = fc.record({
  attacker: fc.record({
    role: fc.constantFrom('USER', 'USER', 'ADMIN', 'ADMIN'),
    policy,
    manages: fc.boolean(),
  }),
  others: fc.array(
    fc.record({
      role,
      policy,
      disabled: fc.boolean(),
      key: fc.record({ access, disabled: fc.boolean() }),
      gifted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  steps: fc.array(step, { minLength: 5, maxLength: 25 }),
})
