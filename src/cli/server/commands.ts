import type { CommandRow } from '../command.ts'

// The code of these commands is loaded when it runs: it needs the settings and the databases, and most other commands do not.

/** Commands for the machine of the server. */
export const SERVER_COMMANDS: readonly CommandRow[] = [
  {
    path: ['serve'],
    summary: 'Run the server',
    detail: 'Every setting is a flag and a variable; docs/configuration.md and serve --help list them.',
    local: true,
    settings: true,
    examples: ['serve --port 9000 --database-url sqlite:./data/latchkey.db'],
    async run({ terminal }) {
      terminal.out((await import('./serve.ts')).serveHelp())
      return undefined
    },
  },
  {
    path: ['init'],
    summary: 'Make the database and its root key without running the server',
    detail:
      'The secret of the root key goes to the standard output, alone, unless LATCHKEY_ROOT_KEY says what it is. Takes the settings of serve.',
    local: true,
    settings: true,
    examples: ['init --database-url sqlite:./data/latchkey.db > root-key.txt'],
    run: async (context, given) => (await import('./serve.ts')).init(context, given),
  },
  {
    path: ['reset-root'],
    summary: 'Make a new root key while the server is stopped',
    detail:
      'Its secret goes to the standard output, alone. Nothing that is there is changed. Takes the settings of serve.',
    local: true,
    settings: true,
    examples: ['reset-root > root-key.txt'],
    run: async (context, given) => (await import('./serve.ts')).resetRootKey(context, given),
  },
]

/** The commands that copy the database and restore a copy. */
export const BACKUP_COMMANDS: readonly CommandRow[] = [
  {
    path: ['backup'],
    summary: 'Copy the database to a file, also while the server runs',
    detail:
      'The copy is what one moment was; it is checked before it gets its name. It holds no secrets, but it is a list of your keys: keep it as you keep the database. Takes the settings of serve. PostgreSQL has its own tools: pg_dump.',
    args: [{ name: 'copy', doc: 'The file to write; it must not be there.', optional: true }],
    local: true,
    settings: true,
    examples: ['backup latchkey-$(date +%F).db'],
    run: async (context, given) => (await import('./backup.ts')).backup(context, given),
  },
  {
    path: ['restore'],
    summary: 'Put a copy in the place of the database while the server is stopped',
    detail:
      'The old database stays beside it under another name. The command warns when the copy is older than the last answered change; the next start then asks for your consent. Takes the settings of serve.',
    args: [{ name: 'copy', doc: 'What backup has written.', optional: true }],
    options: [
      { flags: '--dry-run', doc: 'Only looks whether the copy is whole and nobody uses the database.' },
    ],
    local: true,
    settings: true,
    examples: ['restore latchkey-2026-11-22.db --dry-run'],
    run: async (context, given) => (await import('./backup.ts')).restore(context, given),
  },
]

/** The command that checks everything that the server needs. */
export const DOCTOR_COMMANDS: readonly CommandRow[] = [
  {
    path: ['doctor'],
    summary: 'Check configuration, database, disk, clock, port, TLS and the server; exits 1 when one fails',
    detail:
      'Changes nothing but a small file in the data folder, to see how fast the disk keeps what it was given. Takes the settings of serve.',
    local: true,
    settings: true,
    shows: true,
    examples: ['doctor', 'doctor --output json'],
    run: async (context, given) => (await import('./doctor.ts')).doctor(context, given),
  },
]

/** The health check of a container. */
export const HEALTH_COMMANDS: readonly CommandRow[] = [
  {
    path: ['health'],
    summary: 'Ask the server on this machine whether it is ready; exits 1 when it is not',
    detail: 'For the health checks of containers, which have no shell. Takes the settings of serve.',
    local: true,
    settings: true,
    run: async (context, given) => (await import('./health.ts')).health(context, given),
  },
]
