import { describe, expect, test } from 'bun:test'
import { Client } from 'pg'
import { ask, postgresForTests } from './postgres.ts'

const startedAt = performance.now()
const postgres = await postgresForTests()
const startMs = performance.now() - startedAt

describe.skipIf('absent' in postgres)('a PostgreSQL for tests', () => {
  test('the server is at least the oldest version we support', () => {
    const { version } = present()
    console.log(`PostgreSQL ${version}, ready after ${startMs.toFixed(0)} ms`)
    expect(version).toBeGreaterThanOrEqual(140000)
  })

  test('two fresh databases do not see each other', async () => {
    const [first, second] = await Promise.all([present().freshDatabase(), present().freshDatabase()])
    expect(first.url).not.toBe(second.url)
    await ask(first.url, 'CREATE TABLE note (id integer)')
    expect(await tableNames(first.url)).toEqual(['note'])
    expect(await tableNames(second.url)).toEqual([])
    await Promise.all([first.drop(), second.drop()])
  })

  test('databases that several ask for at once have all tables, and do not see each other', async () => {
    const made = await Promise.all([1, 2, 3].map(() => present().migratedDatabase()))
    const [first, second] = made.map(({ url }) => url) as [string, string]
    const before = await tableNames(second)
    expect(before).toContain('keys')
    await ask(first, 'CREATE TABLE note (id integer)')
    expect(await tableNames(first)).toEqual([...before, 'note'].toSorted())
    expect(await tableNames(second)).toEqual(before)
    await Promise.all(made.map(({ drop }) => drop()))
  })

  test('a dropped database is gone, even while another process is connected to it', async () => {
    const database = await present().freshDatabase()
    const client = new Client({ connectionString: database.url })
    // The server ends this connection below; without a listener the error would end the process.
    client.on('error', () => {})
    await client.connect()
    await database.drop()
    await expect(ask(database.url, 'SELECT 1')).rejects.toThrow('does not exist')
  })
})

describe.skipIf('absent' in postgres)('a durable PostgreSQL for tests', () => {
  test('a durable server syncs every commit; the default one does not', async () => {
    const durable = await postgresForTests({ durable: true })
    if ('absent' in durable) throw new Error(durable.absent)
    const database = await durable.freshDatabase()
    expect(
      await ask(
        database.url,
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')",
      ),
    ).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'synchronous_commit', setting: 'on' },
    ])
    await durable.stop()
    await expect(ask(database.url, 'SELECT 1')).rejects.toThrow()
  })
})

describe.skipIf('absent' in postgres)('a test process that is killed', () => {
  test('ends its server as well', async () => {
    const url = await urlOfServerWhoseProcessIsKilled()
    // The keeper needs a moment to notice; if the server stayed, the test would time out.
    while (await answers(url)) await Bun.sleep(20)
    expect(await answers(url)).toBe(false)
  })
})

/** Starts a server from a process of its own and kills that process as soon as the server answers. */
async function urlOfServerWhoseProcessIsKilled(): Promise<string> {
  const script = `
    import { ask, postgresForTests } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).pathname)}
    const postgres = await postgresForTests({ durable: true })
    console.log((await postgres.freshDatabase()).url)
    setInterval(() => {}, 1000)`
  const owner = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' })
  const { value } = await owner.stdout.getReader().read()
  const url = new TextDecoder().decode(value).trim()
  expect(await answers(url)).toBe(true)
  owner.kill('SIGKILL')
  await owner.exited
  return url
}

async function answers(url: string): Promise<boolean> {
  return await ask(url, 'SELECT 1').then(
    () => true,
    () => false,
  )
}

function present() {
  if ('absent' in postgres) throw new Error(postgres.absent)
  return postgres
}

async function tableNames(url: string): Promise<unknown[]> {
  const rows = await ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  return rows.map((row) => row.tablename).toSorted()
}
