import { SETTINGS } from '../src/config/settings.ts'

/** The whole text of docs/configuration.md. */
export function configurationPage(): string {
  return `${INTRODUCTION}
| Variable | Flag | Default | Meaning |
|---|---|---|---|
${Object.values(SETTINGS).map(rowOf).join('\n')}
`
}

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from the table in src/config/settings.ts. Edit the table, not this page. -->

Every setting is an environment variable and a flag of \`latchkey serve\`. A flag wins over the environment; an empty value
counts as not given. Every flag takes a value: \`--port 9000\` or \`--port=9000\`.

Settings marked *secret* are never shown. Each can also be read from a file: \`LATCHKEY_ROOT_KEY_FILE=/run/secrets/root-key\`
or \`--root-key-file /run/secrets/root-key\`; the line break at the end of the file is dropped. Prefer that: other users of
a machine can see a process's flags. Giving both forms is an error.

The server does not start with a setting it does not know or cannot read. It then names every problem at once, one line
each, and the nearest known name. Variables that Kubernetes makes for a service called \`latchkey\` are ignored.

Durations are a whole number and \`s\`, \`m\`, \`h\` or \`d\`; rates are a number of calls, a slash and a duration.
`

function rowOf(setting: {
  env: string
  flag: string
  default: string | null
  doc: string
  secret?: boolean
}): string {
  const value =
    setting.default === null ? 'none' : setting.default === '' ? 'empty' : `\`${setting.default}\``
  const doc = setting.secret ? `*Secret.* ${setting.doc}` : setting.doc
  return `| \`${setting.env}\` | \`${setting.flag}\` | ${value} | ${doc.replaceAll('|', '\\|')} |`
}
