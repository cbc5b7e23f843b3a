import { AUDIT_COMMANDS } from './audit.ts'
import type { CommandRow } from './command.ts'
import { completionCommand } from './completion.ts'
import { IMPORT_COMMANDS } from './import/command.ts'
import { KEY_COMMANDS } from './keys/commands.ts'
import { LIFE_COMMANDS } from './keys/life.ts'
import { LOGIN_COMMANDS } from './login.ts'
import { USER_COMMANDS } from './people/users.ts'
import { WORKSPACE_COMMANDS } from './people/workspaces.ts'
import { BACKUP_COMMANDS, DOCTOR_COMMANDS, HEALTH_COMMANDS, SERVER_COMMANDS } from './server/commands.ts'
import { USAGE_COMMANDS } from './usage.ts'
import { VERIFY_COMMANDS } from './verify.ts'
import { WHY_COMMANDS } from './why.ts'

/** The topics of the groups of commands. */
export const GROUPS = {
  keys: 'Make, read, change and end keys.',
  users: 'Whom keys belong to.',
  workspaces: 'What keys are grouped in.',
} as const

/** Every command of the program, in the order in which it is shown. */
export const COMMANDS: readonly CommandRow[] = [
  ...SERVER_COMMANDS,
  ...KEY_COMMANDS,
  ...LIFE_COMMANDS,
  ...IMPORT_COMMANDS,
  ...VERIFY_COMMANDS,
  ...USAGE_COMMANDS,
  ...USER_COMMANDS,
  ...WORKSPACE_COMMANDS,
  ...AUDIT_COMMANDS,
  ...WHY_COMMANDS,
  ...BACKUP_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...HEALTH_COMMANDS,
  ...LOGIN_COMMANDS,
  completionCommand(() => COMMANDS),
]
