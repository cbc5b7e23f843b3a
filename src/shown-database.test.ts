import { describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { loadConfig } from './config/settings.ts'
import { showDatabase } from './shown-database.ts'

function shownOf(url: string, { isNew = false, isEncrypted = false } = {}) {
  const loaded = loadConfig({ env: { LATCHKEY_DATABASE_URL: url }, args: [], readFile: () => '' })
  if (!loaded.ok) throw new Error(loaded.problems.join())
  const probe = async () => ({ version: '18', fsync: true, isEncrypted })
  return showDatabase(loaded.config, { isNew, probe })
}

describe('what the start says of the database', () => {
  test('the whole path of a file, whatever folder the server was started in', async () => {
    expect(await shownOf('sqlite:./data/keys.db')).toEqual({
      shown: `sqlite:${resolve('data/keys.db')}`,
      warnings: [],
    })
    expect((await shownOf('sqlite::memory:', { isNew: true })).warnings).toEqual([])
  })

  test('that it was empty, and what to check when it should not have been', async () => {
    for (const url of ['sqlite:./keys.db', 'postgres://ada@127.0.0.1/keys']) {
      const [warning = '', ...more] = (await shownOf(url, { isNew: true })).warnings
      expect(warning).toContain('was empty')
      expect(warning).toContain('LATCHKEY_DATABASE_URL')
      expect(more).toEqual([])
    }
  })

  const remote = ['db.example.com', '10.0.0.7', '[2001:db8::1]']
  const local = ['127.0.0.1', 'localhost', '[::1]']
  test('whether the connection is encrypted, with a warning when it is not and leaves the machine', async () => {
    for (const host of [...remote, ...local]) {
      const url = `postgres://ada:hunter2@${host}:5432/keys`
      expect(await shownOf(url, { isEncrypted: true })).toEqual({
        shown: `postgres://ada:***@${host}:5432/keys (TLS)`,
        warnings: [],
      })
      const { shown, warnings } = await shownOf(url)
      expect(shown).toEndWith(' (not encrypted)')
      expect([host, warnings.length]).toEqual([host, remote.includes(host) ? 1 : 0])
      for (const warning of warnings) expect(warning).toContain('sslmode=verify-full')
    }
    const socket = await shownOf('postgres://ada@localhost/keys?host=/var/run/postgresql')
    expect(socket.warnings).toEqual([])
  })

  test('nothing of a server that is away just then, which the log tells', async () => {
    const loaded = loadConfig({
      env: { LATCHKEY_DATABASE_URL: 'postgres://ada@db.example.com/keys' },
      args: [],
      readFile: () => '',
    })
    if (!loaded.ok) throw new Error()
    const probe = () => Promise.reject(new Error('away'))
    const told = await showDatabase(loaded.config, { isNew: false, probe })
    expect(told).toEqual({ shown: 'postgres://ada@db.example.com/keys', warnings: [] })
  })
})
