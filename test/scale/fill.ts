import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore } from '../../src/store/open.ts'
import { fillKeys, fillKeysOfPostgres } from './fill-keys.ts'

// Makes a database with this many keys, for measurements and experiments: `npm run fill -- 1000000 sqlite:/tmp/keys.db`, or a URL of
// an empty database of PostgreSQL. It is initialized first, so a server can be started on it, and the root key is printed. A key takes
// about 2.5 kB of disk.

const { positionals } = parseArgs({ allowPositionals: true })
const keys = Number(positionals[0])
const url = positionals[1] ?? ''
const isSqlite = url.startsWith('sqlite:')
if (!Number.isSafeInteger(keys) || keys < 1 || !/^(sqlite|postgres(ql)?):/.test(url)) {
  console.error('Say how many keys, and where: npm run fill -- 1000000 sqlite:/tmp/keys.db')
  process.exit(1)
}

const program = join(import.meta.dir, '../../bin/latchkey.mjs')
const begun = performance.now()
const init = Bun.spawnSync(['node', program, 'init', '--database-url', url])
console.log(`${init.stdout}${init.stderr}`.trim())
if (init.exitCode !== 0) process.exit(1)
const at = Date.now()
if (isSqlite) fillKeys(url.slice('sqlite:'.length), { keys, at })
else await fillKeysOfPostgres(url, { keys, at })
console.log(`${keys} keys in ${((performance.now() - begun) / 1_000).toFixed(0)} s`)

// Checks that a server would accept it.
const store = await openStore(url)
const { rows } = await store.listKeys({ sort: 'createdAt', limit: 1, at })
await store.close()
console.log(`the newest is ${rows[0]?.key.name}`)
