import { ABILITIES } from '../src/core/access/abilities.ts'
import { DEFAULT_POLICIES } from '../src/core/access/delegation.ts'
import {
  KEY_RESTRAINTS,
  type Restraint,
  USER_RESTRAINTS,
  WORKSPACE_RESTRAINTS,
} from '../src/core/access/restrictions.ts'
import { ROLES } from '../src/core/types.ts'

/** The whole text of docs/authority.md. */
export function authorityPage(): string {
  return `${INTRODUCTION}
## What each role may do

A call needs a key whose access is \`manage\` or \`full\`, **and** an owner whose role, as it is then, has the ability. \`any\` reaches
everybody's records, \`own\` those of the key's owner, and of these only what lies in workspaces that it belongs to
([ADR 0030](adr/0030-members.md)). What is not reached looks as if it did not exist (of somebody else's keys GoodMem's dialect says 403, as its
contract does).

${table(
  ['Ability', 'Lets one', ...ROLES],
  Object.entries(ABILITIES).map(([name, row]) => [
    `\`${name}\``,
    row.does,
    ...ROLES.map((role) => row[role]?.toLowerCase() ?? '-'),
  ]),
)}

A key with access \`use\` manages nothing. Its holder may still read it (\`GET /api/v1/key\`).

${HANDING_ON}
${table(
  ['Role', 'Permissions that may be granted', 'Limits of a key', 'Longest life of a key'],
  ROLES.map((role) => {
    const { permissions, limits, keyLifetimeMs } = DEFAULT_POLICIES[role]
    const capped = Object.keys(limits).length > 0
    return [
      role,
      permissions === null ? 'any' : permissions.join(', ') || 'none',
      capped ? JSON.stringify(limits) : 'any',
      keyLifetimeMs === null ? 'any' : String(keyLifetimeMs),
    ]
  }),
)}

${HOLDING_BACK}
${table(
  ['Of a', 'Member', 'Loosening is'],
  [
    ...rowsOf('key', KEY_RESTRAINTS),
    ...rowsOf('user', USER_RESTRAINTS),
    ...rowsOf('workspace', WORKSPACE_RESTRAINTS),
  ],
)}

Its name, its labels and its \`externalUserId\` hold a key back by nothing: its owner changes them freely.
`
}

const INTRODUCTION = `# Who may do what

<!-- Written by \`npm run docs\` from the tables in src/core/access. Edit the tables, not this page. -->

The tables on this page are the ones that decide; a test asks every cell of the first over the wire, in all dialects. Why they are so
stands in [ADR 0011](adr/0011-authority.md), [0021](adr/0021-authority-at-the-act.md), [0026](adr/0026-restrictions.md) and
[0027](adr/0027-the-last-manager.md).
`

const HANDING_ON = `## What may be handed on

Nobody gives a key or user more than they have: no role above their own, and nothing beyond their policy. Who gets to see a secret of
somebody else's managing key must cover that owner's role and policy. Whatever a user's policy leaves out is the default of its role:
`

const HOLDING_BACK = `## What holds a record back

What somebody of a higher role has set, a lower one may narrow, and loosen again up to where it was set, but no further. What a record
was made with may also be loosened by any role above its owner's, and by its owner as far as the owner's policy speaks of that member.
`

function rowsOf(
  kind: string,
  restraints: readonly Pick<Restraint<never>, 'name' | 'loosening'>[],
): string[][] {
  return restraints.map(({ name, loosening }) => [kind, `\`${name.replace('Ms', '')}\``, loosening])
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
