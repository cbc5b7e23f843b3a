import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { Glob } from 'bun'

// `npm run build:binary [-- OUTFILE]` makes one executable with everything inside: the server, the dashboard and the commands.

const root = join(import.meta.dir, '..')

/** The files that run in threads of their own, by the names under which the program finds them. */
export function threadFiles(): Map<string, string> {
  const files = [...new Glob('src/**/{worker,*-worker}.ts').scanSync(root)].sort()
  const named = new Map<string, string>()
  for (const file of files) {
    // In the executable all of them are in one folder.
    const name = basename(file)
    if (named.has(name))
      throw new Error(`${file} and ${named.get(name)} have one name. Give one of them another.`)
    named.set(name, file)
  }
  return named
}

/** Builds the executable. */
export async function buildBinary(outfile: string): Promise<void> {
  const entries = mkdtempSync(join(tmpdir(), 'latchkey-binary-'))
  const entry = (name: string, file: string) => {
    const path = join(entries, name)
    writeFileSync(path, `import ${JSON.stringify(join(root, file))}\n`)
    return path
  }
  try {
    const main = entry('latchkey.ts', 'src/main.ts')
    const threads = [...threadFiles()].map(([name, file]) => entry(name, file))
    mkdirSync(dirname(outfile), { recursive: true })
    const build = Bun.spawn(
      [
        ...[process.execPath, 'build', '--compile', '--minify-syntax', '--sourcemap=none'],
        // The executable must not read files of the folder in which it is started.
        ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
        ...[main, ...threads, '--outfile', outfile],
      ],
      { cwd: root, stdout: 'ignore', stderr: 'pipe' },
    )
    const told = await new Response(build.stderr).text()
    if ((await build.exited) !== 0) throw new Error(`The executable could not be built:\n${told}`)
  } finally {
    rmSync(entries, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const outfile = resolve(process.argv[2] ?? join(root, 'dist/latchkey'))
  await buildBinary(outfile)
  process.stdout.write(`${outfile} (${Math.round(statSync(outfile).size / 1024 / 1024)} MiB)\n`)
}
