import { ABILITIES, MANAGER_ABILITIES } from '../src/core/access/abilities.ts'
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

A call needs a key whose access is \`manage\` or \`full\`, **and** an owner whose present role has the ability. \`any\` reaches
all records, \`own\` those of the key's owner, but only in workspaces of which the owner is a member
([ADR 0030](adr/0030-members.md)). A record that is not reached looks as if it did not exist (except that GoodMem's dialect answers 403 for keys of
other users, as its contract says).

${table(
  ['Ability', 'Allows to', ...ROLES],
  Object.entries(ABILITIES).map(([name, row]) => [
    `\`${name}\``,
    row.does,
    ...ROLES.map((role) => row[role]?.toLowerCase() ?? '-'),
  ]),
)}

A manager of a workspace ([ADR 0076](adr/0076-managers.md)) is a USER that reaches the keys of others there as well, for these abilities alone and within its own
policy. It reads all of them. Of an owner whose role is above its own it changes and revokes none; it can only disable those with the access \`use\`:

${table(
  ['Ability', 'In a workspace that one manages'],
  Object.entries(MANAGER_ABILITIES).map(([name, extent]) => [`\`${name}\``, extent]),
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

The name, the labels and the \`externalUserId\` of a key restrict nothing: its owner may change them freely.
`
}

const INTRODUCTION = `# Who may do what

<!-- Written by \`npm run docs\` from the tables in src/core/access. Edit the tables, not this page. -->

The server decides by the tables on this page; a test checks every cell of the first over the wire, in all dialects. The reasons
are in [ADR 0011](adr/0011-authority.md), [0021](adr/0021-authority-at-the-act.md), [0026](adr/0026-restrictions.md) and
[0027](adr/0027-the-last-manager.md).
`

const HANDING_ON = `## Grants

Nobody can give a key or user more than they have: no role above their own, and nothing beyond their policy. A caller that would see the secret of
another user's managing key must cover that owner's role and policy. A member that a user's policy leaves out has the default of the user's role.
A demotion gives a user the default of its new role in place of that of the former one, unless the same request names the permissions; a promotion
leaves the policy as it is:
`

const HOLDING_BACK = `## Restrictions

A lower role may narrow a value that a higher role has set, and loosen it again up to that value, but no further. The values with which a record
was created may also be loosened by any role above its owner's, and those of a key by a caller as far as the caller's policy covers that
member. A workspace has no owner.
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
