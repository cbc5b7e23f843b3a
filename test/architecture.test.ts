import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { Glob, Transpiler } from 'bun'

const root = join(import.meta.dir, '..')

/** One import: its file, its target, and whether it imports only types. */
interface Import {
  from: string
  to: string
  typeOnly: boolean
}

/** The imports that each place may make at run time, besides its own folder; any other fails. The first matching row counts. */
const MAY_IMPORT: { place: RegExp; inside: RegExp[]; packages: RegExp[] }[] = [
  {
    place: /^src\/core\//,
    inside: [],
    packages: [/^node:(crypto|zlib|util|net)$/, /^(uuid|lru-cache|ipaddr\.js)$/],
  },
  {
    place: /^src\/store\//,
    inside: [/^src\/core\//],
    packages: [
      /^node:(fs|os|path|sqlite|crypto|zlib|async_hooks|util|worker_threads|timers\/promises)(\/promises)?$/,
      /^(kysely|pg|uuid|lru-cache)$/,
    ],
  },
  {
    place: /^src\/http\/kernel\//,
    inside: [/^src\/core\//],
    packages: [/^(@hono\/zod-openapi|hono)(\/|$)/, /^ipaddr\.js$/, /^node:(net|dns\/promises|util|zlib)$/],
  },
  {
    place: /^src\/http\/dashboard\//,
    inside: [/^src\/core\//, /^src\/http\/kernel\//, /^src\/version\.ts$/],
    packages: [/^(@hono\/zod-openapi|hono)(\/|$)/, /^node:(crypto|zlib)$/],
  },
  {
    place: /^src\/http\/ops\//,
    inside: [/^src\/core\//, /^src\/http\/(kernel|reference)\//, /^src\/version\.ts$/],
    packages: [/^(@hono\/zod-openapi|hono)(\/|$)/, /^prom-client\/lib\/\w+\.js$/],
  },
  {
    place: /^src\/http\/(goodmem|openrouter|native|reference)\//,
    inside: [/^src\/core\//, /^src\/http\/kernel\//, /^src\/version\.ts$/],
    packages: [/^(@hono\/zod-openapi|hono)(\/|$)/, /^@asteasolutions\/zod-to-openapi$/, /^node:crypto$/],
  },
  {
    place: /^src\/log\//,
    inside: [/^src\/core\//],
    packages: [/^node:fs$/, /^pino$/],
  },
  {
    place: /^src\/rates\//,
    inside: [/^src\/core\//],
    packages: [/^lru-cache$/],
  },
  {
    place: /^src\/http\/hot\//,
    inside: [/^src\/core\//, /^src\/http\/(kernel|native)\//],
    packages: [],
  },
  {
    place: /^src\/cluster\//,
    inside: [/^src\/core\//],
    packages: [/^node:(perf_hooks|timers\/promises)$/, /^uuid$/],
  },
  {
    place: /^src\/config\//,
    inside: [/^src\/core\//, /^src\/log\/(log|request-lines)\.ts$/],
    packages: [/^zod$/, /^node:net$/],
  },
  {
    // The commands call a server through the published client; those for the machine itself use the settings and the database's file.
    place: /^src\/cli\//,
    inside: [
      /^src\/core\/ground\//,
      /^src\/config\//,
      /^src\/store\/(open-error|sqlite\/(backup|lock)|postgres\/probe)\.ts$/,
      /^src\/(initialize-offline|reset-root|version)\.ts$/,
    ],
    packages: [/^packages\/client\/src\/index\.ts$/, /^commander$/, /^node:(fs|path|os|tty|net)$/],
  },
  {
    place: /^src\/[a-z-]+\.ts$/,
    inside: [/^src\//, /^package\.json$/],
    packages: [/^node:(fs|path)$/, /^(zod|pino)$/],
  },
]

/** Types may be imported where code may not: the core knows only the port of the store. */
const MAY_IMPORT_TYPES: { place: RegExp; to: RegExp }[] = [
  { place: /^src\/core\//, to: /^src\/store\/[a-z-]+\.ts$/ },
  { place: /^src\/cluster\//, to: /^src\/store\/nodes\.ts$/ },
  { place: /^src\/log\//, to: /^src\/http\/kernel\/api\.ts$/ },
  { place: /^src\/rates\//, to: /^src\/store\/rates\.ts$/ },
]

/** The same for the parts of the dashboard, from the address of the server to whole pages. */
const DASHBOARD_ORDER = ['api', 'parts', 'pages']

const sources = filesOf('src/**/*.ts')
const everything = ['src', 'packages/client/src', 'dashboard/src', 'test', 'scripts', 'bench'].flatMap(
  (folder) =>
    [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)].filter((file) => !file.endsWith('.gen.ts')),
)
const client = filesOf('packages/client/src/**/*.ts').filter((file) => !file.endsWith('.gen.ts'))

describe('architecture', () => {
  test('imports go one way: dialect -> core -> store', () => {
    const imports = sources.flatMap(importsOf)
    expect(imports.length).toBeGreaterThan(100)
    expect(imports.filter((each) => !allowed(each)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  test('the rule can fail: a core that imports HTTP, SQL or a runtime is noticed', () => {
    for (const to of ['src/http/kernel/api.ts', 'kysely', 'bun:sqlite', 'hono', 'src/store/open.ts']) {
      expect(allowed({ from: 'src/core/keys/keys.ts', to, typeOnly: false })).toBe(false)
    }
    expect(
      allowed({ from: 'src/http/goodmem/index.ts', to: 'src/http/native/wire.ts', typeOnly: false }),
    ).toBe(false)
  })

  test('an import is noticed in every form', () => {
    for (const text of [
      "import { a } from '../http/kernel/api.ts'",
      "import type { A } from '../http/kernel/api.ts'",
      "import {\n  a,\n} from '../http/kernel/api.ts'",
      "import '../http/kernel/api.ts'",
      "export * from '../http/kernel/api.ts'",
      "const { a } = await import('../http/kernel/api.ts')",
    ]) {
      expect(importsIn(text, 'src/core/latchkey.ts')).toMatchObject([{ to: 'src/http/kernel/api.ts' }])
    }
  })

  test('imports of the dashboard go one way: page -> part -> call', () => {
    const place = (file: string) => DASHBOARD_ORDER.indexOf(file.split('/')[2] ?? '')
    const imports = everything.filter((file) => /^dashboard\/src\/\w+\//.test(file)).flatMap(importsOf)
    expect(imports.length).toBeGreaterThan(100)
    const upwards = imports.filter(({ from, to }) => place(to) > place(from))
    expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  test('no file imports itself through others', () => {
    const imports = new Map(everything.map((file) => [file, importsOf(file).map(({ to }) => to)]))
    expect(circlesIn(imports)).toEqual([])
  })

  test('an import circle is noticed wherever it begins', () => {
    const circle = ['a', 'b', 'c']
    const imports = new Map([
      ['entry', ['a']],
      ['a', ['b', 'leaf']],
      ['b', ['c']],
      ['c', ['a']],
      ['leaf', []],
    ])
    expect(circlesIn(imports).map((each) => each.sort())).toEqual([circle])
  })

  test('core and store name members of the domain, and no words of a wire format', () => {
    const inside = sources.filter(
      (file) => /^src\/(core|store)\//.test(file) && !/\/migrations\/\d/.test(file),
    )
    expect(inside.length).toBeGreaterThan(150)
    expect(inside.flatMap((file) => wireWordsIn(code(file)).map((word) => `${file}: ${word}`))).toEqual([])
  })

  test('a word of a wire format is noticed in every form', () => {
    for (const planted of [
      'const openRouterWindow = 1',
      'max: MAX.goodMemPageSize',
      "email: 'root@goodmem.ai'",
      "throw inputFault('query:date', text)",
      "const place = { pointer: '/ownerId' }",
      'wrong(`/events/0/id`)',
      "revision_mismatch: 'since the revision given in If-Match'",
      "'This Idempotency-Key was used before.'",
      "message: 'Send the header again.'",
      'return { status: 409 }',
      'new HttpError()',
    ]) {
      expect([planted, wireWordsIn(planted)]).not.toEqual([planted, []])
    }
    expect(
      wireWordsIn("import { a } from '../store/keys.ts'; throw inputFault(['labels', name], text)"),
    ).toEqual([])
  })

  test('a dialect makes no decision, and does not see the memory of the core', () => {
    const judging = /\b(reachOf|bindingLine|refuseLife|LatchkeyProcess)\b/
    const dialects = sources.filter((file) => /^src\/http\/(native|goodmem|openrouter)\//.test(file))
    expect(dialects.length).toBeGreaterThan(80)
    expect(dialects.filter((file) => judging.test(code(file)))).toEqual([])
    expect(judging.test("if (reachOf(principal, 'VERIFY_APIKEY') === 'OWN') refuse()")).toBe(true)
  })

  test('APIs that only Bun has stay in the server and hot paths', () => {
    const users = sources.filter((file) => /\bBun\.|from 'bun(:|')/.test(code(file)))
    expect(
      users.filter((file) => !/^src\/(main\.ts|redis\.ts|http\/kernel\/server\.ts|http\/hot\/)/.test(file)),
    ).toEqual([])
  })

  test('a value of the context is read by itself: the framework copies all of them for `c.var`', () => {
    const copying = /\bc(tx|ontext)?\.var\b/
    expect(sources.filter((file) => copying.test(code(file)))).toEqual([])
    expect(copying.test('const { call } = c.var')).toBe(true)
  })

  test('the environment is read in one place', () => {
    expect(sources.filter((file) => /process\.env|Bun\.env/.test(code(file)))).toEqual(['src/main.ts'])
  })

  test('only main ends the process, and nothing writes to the console', () => {
    expect(sources.filter((file) => /process\.exit/.test(code(file)))).toEqual(['src/main.ts'])
    expect(sources.filter((file) => /\bconsole\./.test(code(file)))).toEqual([])
  })

  test('core reads no clock and no randomness by itself', () => {
    const own = /Date\.now|new Date\(\)|Math\.random|performance\.now|randomUUID|getRandomValues/
    const readers = sources.filter((file) => /^src\/core\//.test(file) && own.test(code(file)))
    expect(readers).toEqual(['src/core/ground/clock.ts'])
  })

  test('the client uses nothing but web standards and itself', () => {
    expect(client.length).toBeGreaterThan(30)
    const imports = client.flatMap(importsOf).filter(({ to }) => !to.startsWith('packages/client/src/'))
    expect(imports).toEqual([])
    const own = /\b(Bun|Deno|Buffer|require|__dirname)\b|from 'node:|process\.(?!env)/
    expect(client.filter((file) => own.test(code(file)))).toEqual([])
  })

  test('every file has at most 400 lines', () => {
    expect(everything.length).toBeGreaterThan(1_000)
    expect(everything.filter((file) => read(file).split('\n').length > 400)).toEqual([])
  })

  test('every file of the core with functions has its test beside it, or names its tests', () => {
    const doing = sources.filter((file) => file.startsWith('src/core/') && doesSomething(read(file)))
    expect(doing.length).toBeGreaterThan(60)
    expect(doing.flatMap((file) => untested(file))).toEqual([])
  })

  test('a file of the core without a test is noticed', () => {
    expect(untested('src/core/gone/gone.ts', '')).toEqual(['src/core/gone/gone.ts has no test'])
    const astray = '// Tests: test/architecture.test.ts, test/gone.test.ts\n'
    expect(untested('src/core/gone/gone.ts', astray)).toEqual(['src/core/gone/gone.ts: no test/gone.test.ts'])
    expect(doesSomething('export interface A { b(): void }\nexport const MAX = { a: 1 }')).toBe(false)
    expect(doesSomething('export const a = (b: number) => b')).toBe(true)
  })

  test('every exported function, class, interface, type and constant has a doc comment', () => {
    const bare = everything
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => {
        const lines = read(file).split('\n')
        return lines.flatMap((line, index) => {
          if (
            !/^export (default |abstract |async )*(function\*?|class|interface|type|const|let|enum) \w/.test(
              line,
            )
          )
            return []
          const above = lines.slice(0, index).findLast((each) => !each.startsWith('// biome-ignore'))
          return above?.trimEnd().endsWith('*/') ? [] : [`${file}:${index + 1}`]
        })
      })
    expect(bare).toEqual([])
  })
})

/** Names of dialects, places and terms of HTTP; not the one column that was named after a dialect before this rule. */
const WIRE_WORDS = [
  /openrouter(?!_window\b)|goodmem/gi,
  /['"`](?:query|param|header|json):/g,
  /['"`]\/(?:[a-z]\w*|\$\{)/gi,
  /\bpointer\b/gi,
  /http/gi,
  /if-match|idempotency-key|retry-after|content-encoding|x-api-key|\bauthorization\b|cookie|header/gi,
  /\bstatus(?:Code)?['"]?\s*(?::|={1,3})\s*[1-5]\d\d\b/g,
]

function wireWordsIn(text: string): string[] {
  return WIRE_WORDS.flatMap((word) => [...text.matchAll(word)].map(([found]) => found))
}

function allowed({ from, to, typeOnly }: Import): boolean {
  const rule = MAY_IMPORT.find(({ place }) => place.test(from))
  if (rule === undefined) return false
  if (!to.startsWith('src/') && to !== 'package.json')
    return rule.packages.some((pattern) => pattern.test(to))
  const ownFolder = dirname(from) !== 'src' && `${to}/`.startsWith(`${folderOf(from)}/`)
  if (ownFolder || rule.inside.some((pattern) => pattern.test(to))) return true
  return typeOnly && MAY_IMPORT_TYPES.some(({ place, to: target }) => place.test(from) && target.test(to))
}

/** The folder whose files may import each other: `src/core`, `src/store`, or one dialect. */
function folderOf(file: string): string {
  return file
    .split('/')
    .slice(0, file.startsWith('src/http/') ? 3 : 2)
    .join('/')
}

function importsOf(file: string): Import[] {
  return importsIn(code(file), file)
}

/** The imports in a file's text: statements of every form, and calls of `import()`. */
function importsIn(text: string, file: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gms,
  )
  return [...statements].map(([, type, name = '', bare = '', late = '']) => {
    const target = name || bare || late
    const isPath = target.startsWith('.')
    return {
      from: file,
      to: isPath ? relative(root, normalize(join(root, dirname(file), target))) : target,
      typeOnly: type !== undefined,
    }
  })
}

/** True for a file that has a function besides its types. */
function doesSomething(text: string): boolean {
  return /=>|\bfunction\b|\bclass\b/.test(new Transpiler({ loader: 'ts' }).transformSync(text))
}

/** The errors in a file's statement of its tests: it is in the first line, unless the test is beside the file. */
function untested(file: string, text = read(file)): string[] {
  if (existsSync(join(root, file.replace(/\.ts$/, '.test.ts')))) return []
  const [, named] = /^\/\/ Tests: (.+)\n/.exec(text) ?? []
  if (named === undefined) return [`${file} has no test`]
  return named.split(', ').flatMap((place) => (existsSync(join(root, place)) ? [] : [`${file}: no ${place}`]))
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The file without its comments, which may name anything. */
function code(file: string): string {
  return read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

/** The groups of files that reach each other by their imports, types included (Tarjan's strongly connected components). */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const path: string[] = []
  const circles: string[][] = []
  function visit(file: string): number {
    order.set(file, order.size)
    let low = order.size - 1
    path.push(file)
    for (const next of imports.get(file) ?? []) {
      if (!imports.has(next)) continue
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (path.includes(next)) low = Math.min(low, order.get(next) ?? low)
    }
    if (low === order.get(file)) {
      const group = path.splice(path.indexOf(file))
      if (group.length > 1) circles.push(group)
    }
    return low
  }
  for (const file of imports.keys()) if (!order.has(file)) visit(file)
  return circles
}

function filesOf(pattern: string): string[] {
  return [...new Glob(pattern).scanSync(root)].filter((file) => !isTest(file)).sort()
}

function isTest(file: string): boolean {
  return /\.(test|test-support|conformance)\.ts$/.test(file)
}
