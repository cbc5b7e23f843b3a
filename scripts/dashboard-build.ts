import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Built, BuiltFile } from '../src/http/dashboard/files.ts'

/** The file that holds the built dashboard. */
export const BUILT_PATH = fileURLToPath(new URL('../src/http/dashboard/built.gen.ts', import.meta.url))

const SOURCES = new URL('../dashboard/', import.meta.url)

/** Bundles the dashboard with everything it uses. The same sources make the same text on every machine. */
export async function buildDashboard(): Promise<Built> {
  const { outputs } = await Bun.build({
    entrypoints: [fileURLToPath(new URL('src/main.tsx', SOURCES))],
    root: fileURLToPath(SOURCES),
    target: 'browser',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const textOf = async (kind: string) =>
    (await outputs.find(({ type }) => type.startsWith(kind))?.text()) ?? ''
  const script = fileOf('app.js', 'text/javascript; charset=utf-8', await textOf('text/javascript'))
  const style = fileOf('app.css', 'text/css; charset=utf-8', await textOf('text/css'))
  const icon = fileOf('icon.svg', 'image/svg+xml', source('icon.svg'))
  const html = source('index.html')
    .replace('{{script}}', `/dashboard/${script.name}`)
    .replace('{{style}}', `/dashboard/${style.name}`)
    .replace('{{icon}}', `/dashboard/${icon.name}`)
  return { page: packed('index.html', 'text/html; charset=utf-8', html), files: [script, style, icon] }
}

/** The module that the server imports. */
export function builtModule(built: Built): string {
  return `// Made by \`npm run dashboard\` from dashboard/. Do not edit.
import type { Built } from './files.ts'

/** The dashboard as it is sent. */
export const BUILT: Built = ${JSON.stringify(built, null, 2)}
`
}

function source(name: string): string {
  return readFileSync(new URL(name, SOURCES), 'utf8')
}

function fileOf(name: string, type: string, text: string): BuiltFile {
  if (text === '') throw new Error(`The build gave no ${name}.`)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return packed(name.replace('.', `-${digest}.`), type, text)
}

function packed(name: string, type: string, text: string): BuiltFile {
  return { name, type, gzip: gzipSync(text, { level: 9 }).toString('base64') }
}
