import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testApp } from '../support/app.ts'
import { temporaryFolder } from '../support/server.ts'

const REDOCLY = join(import.meta.dir, '../../node_modules/@redocly/cli/bin/cli.js')

/** The messages of Redocly's recommended rules about a document. */
function lint(document: object) {
  const path = join(temporaryFolder(), 'openapi.json')
  writeFileSync(path, JSON.stringify(document))
  const { stdout, stderr } = spawnSync('node', [REDOCLY, 'lint', '--format=json', path], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { PATH: process.env.PATH ?? '', REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  const from = stdout.indexOf('{')
  if (from < 0) throw new Error(`Redocly said: ${stdout}${stderr}`)
  const { problems } = JSON.parse(stdout.slice(from, stdout.lastIndexOf('}') + 1)) as {
    problems: { ruleId: string; message: string; location: { pointer?: string }[] }[]
  }
  return problems.map(({ ruleId, message, location: [at] }) => `${ruleId}: ${message} (${at?.pointer ?? ''})`)
}

const isInstalled = existsSync(REDOCLY)
if (!isInstalled)
  process.stdout.write(
    'SKIPPED: the OpenAPI document is not linted: @redocly/cli is not installed (npm ci).\n',
  )

test.skipIf(!isInstalled)(
  'Redocly finds nothing to say about the OpenAPI document, and something where there is',
  async () => {
    const app = await testApp()
    const document = (await app.call('GET', '/openapi.json', { key: null })).json
    await app.close()
    expect(lint(document)).toEqual([])
    delete document.paths['/v2/verify'].post.summary
    expect(lint(document)).toEqual([expect.stringContaining('operation-summary')])
  },
  180_000,
)
