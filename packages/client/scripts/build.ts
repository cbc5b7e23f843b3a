import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'

// Makes `dist`: one module per source file, as ES modules and as CommonJS, each with its types. `npm pack` calls it.

const home = join(import.meta.dir, '..')
const dist = join(home, 'dist')
const compiler = join(home, 'node_modules/typescript/bin/tsc')

rmSync(dist, { recursive: true, force: true })
compile()
// CommonJS knows no verbatim module syntax, and the compiler only the resolution of its own time for it.
const commonjs = ['--module', 'commonjs', '--moduleResolution', 'node10', '--verbatimModuleSyntax', 'false']
compile('--outDir', 'dist/cjs', ...commonjs)
writeFileSync(join(dist, 'cjs/package.json'), '{"type":"commonjs"}\n')
// In declarations the compiler leaves the names of the sources, which not every tool knows what to do with.
for (const file of new Glob('**/*.d.ts').scanSync(dist)) {
  const path = join(dist, file)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(['"])(\.{1,2}\/[^'"]+)\.ts\1/g, '$1$2.js$1'))
}
copyFileSync(join(home, '../../LICENSE'), join(home, 'LICENSE'))

function compile(...flags: string[]): void {
  const { status } = spawnSync(process.execPath, [compiler, '-p', home, ...flags], {
    cwd: home,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`The compiler ended with ${status}.`)
}
