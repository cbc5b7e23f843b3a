import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'

// Makes `dist/embedded`, which `import { openLatchkey } from 'latchkey'` loads: one module per needed source file, with its types. Node
// does not run TypeScript in node_modules. `npm pack` calls this script.

const root = join(import.meta.dir, '..')
const dist = join(root, 'dist/embedded')
const compiler = join(root, 'node_modules/typescript/bin/tsc')

rmSync(dist, { recursive: true, force: true })
const { status } = spawnSync('node', [compiler, '-p', join(root, 'tsconfig.embedded.json')], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0) throw new Error(`The compiler ended with ${status}.`)

// The compiler follows imports, but not the URLs of the files that run in threads.
const THREAD_FILE = /new URL\('(\.\/[^']+)\.ts', import\.meta\.url\)/g
// In declarations the compiler keeps the names of the sources, which not every tool can resolve.
const TYPES_OF = /(['"])(\.{1,2}\/[^'"]+)\.ts\1/g

for (const file of new Glob('**/*').scanSync(dist)) {
  const path = join(dist, file)
  const text = readFileSync(path, 'utf8')
  const named = file.endsWith('.d.ts')
    ? text.replaceAll(TYPES_OF, '$1$2.js$1')
    : text.replaceAll(THREAD_FILE, "new URL('$1.js', import.meta.url)")
  if (named !== text) writeFileSync(path, named)
}
