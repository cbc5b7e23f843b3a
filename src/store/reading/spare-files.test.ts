import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const hasShell = existsSync('/bin/sh') && process.platform !== 'win32'

/** A process that opens all files that it may, asks for a read, closes them, and asks again. */
const PROGRAM = `
  import { closeSync, openSync } from 'node:fs'
  import { pathToFileURL } from 'node:url'
  import { readingThread } from ${JSON.stringify(join(import.meta.dir, 'thread.ts'))}

  const thread = readingThread({ file: pathToFileURL(process.argv[2]), data: {}, limitMs: 10_000 })
  const outcomeOf = () => thread.run('hello', []).catch((error) => error.code)
  const files = []
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch {}
  const outcomes = [await outcomeOf(), await outcomeOf()]
  for (const file of files) closeSync(file)
  outcomes.push(await outcomeOf())
  console.log(JSON.stringify(outcomes))
  await thread.close()
`
const WORKER = `
  import { parentPort } from 'node:worker_threads'
  parentPort.on('message', ({ id, name }) => parentPort.postMessage({ id, result: name }))
  parentPort.postMessage('ready')
`

test.skipIf(!hasShell)(
  'a process without files for another thread refuses the read, and goes on',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'))
    const [program, worker] = [join(folder, 'program.mjs'), join(folder, 'worker.mjs')]
    writeFileSync(program, PROGRAM)
    writeFileSync(worker, WORKER)
    const limited = ['/bin/sh', '-c', 'ulimit -n 100 && exec "$0" "$@"', process.execPath, program, worker]
    const child = Bun.spawn(limited, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    rmSync(folder, { recursive: true })
    expect([out.trim(), err]).toEqual(['["store_unavailable","store_unavailable","hello"]', ''])
  },
)
