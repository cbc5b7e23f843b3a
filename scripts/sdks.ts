import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Bench, startBench } from '../test/sdk-cases/bench.ts'

// Runs the tests of the SDKs that are not written in TypeScript, where their tools are present, and the TypeScript one in the tools of its
// users; its own tests are part of `npm test`. Ends with one line: `N passed, M failed`.

interface Outcome {
  passed: number
  failed: number
  skipped: number
}

interface Suite {
  sdk: string
  /** Its name on the command line; without a name all run. */
  word: string
  folder: string
  /** The tool that must be present, and how to install it. */
  tool: { path: string | null; name: string; advice: string }
  steps: { args: string[]; read(output: string): Outcome }[]
}

const RUN_MS = 10 * 60_000
const root = join(import.meta.dir, '..')
const nothing: Outcome = { passed: 0, failed: 0, skipped: 0 }

// Debian installs its versions beside each other, outside of PATH.
const newestGo = onPath('go') ?? globSync('/usr/lib/go-1.*/bin/go').sort().at(-1) ?? null
const oldestGo = /^go (1\.\d+)/m.exec(readFileSync(join(root, 'sdks/go/go.mod'), 'utf8'))?.[1] ?? ''
const goTool = {
  name: 'go',
  path: newestGo,
  advice: 'Install Go 1.22 or newer (Debian: golang-1.23-go from backports).',
}
const vet = { args: ['vet', './...'], read: () => nothing }
const goSuite = { word: 'go', folder: join(root, 'sdks/go') }

const suites: Suite[] = [
  {
    ...goSuite,
    sdk: 'Go',
    tool: goTool,
    steps: [vet, { args: ['test', '-count=1', '-json', './...'], read: goOutcome }],
  },
  {
    ...goSuite,
    sdk: `Go ${oldestGo}, the oldest that it is for`,
    word: 'go-matrix',
    tool: {
      name: 'go',
      path: globSync(`/usr/lib/go-${oldestGo}/bin/go`)[0] ?? null,
      advice: `Install that version (Debian: golang-${oldestGo}-go from backports).`,
    },
    steps: [vet, { args: ['test', '-short', '-count=1', '-json', './...'], read: goOutcome }],
  },
  {
    ...goSuite,
    sdk: 'Go with the race detector',
    word: 'go-matrix',
    tool: onPath('gcc') === null ? { ...goTool, path: null, advice: 'It needs gcc.' } : goTool,
    steps: [{ args: ['test', '-race', '-short', '-count=1', '-json', './...'], read: goOutcome }],
  },
  {
    sdk: 'TypeScript, in the builds and tests of its users',
    word: 'consumers',
    folder: root,
    tool: { name: 'bun', path: process.execPath, advice: '' },
    steps: [{ args: ['test', '--timeout', '300000', './test/consumers/matrix.ts'], read: bunOutcome }],
  },
  {
    sdk: '.NET',
    word: 'dotnet',
    folder: join(root, 'sdks/dotnet'),
    tool: {
      name: 'dotnet',
      path: onPath('dotnet'),
      advice: 'Install a .NET SDK, 8 or newer.',
    },
    steps: [{ args: ['test', '--nologo'], read: dotnetOutcome }],
  },
]

const only = process.argv.slice(2)
const bench = await startBench()
const total = { ...nothing }
for (const suite of suites) {
  if (only.length > 0 && !only.includes(suite.word)) continue
  const outcome = await runSuite(suite, bench)
  total.passed += outcome.passed
  total.failed += outcome.failed
  total.skipped += outcome.skipped
}
await bench.stop()
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`)
process.exit(total.failed === 0 && total.passed + total.skipped > 0 ? 0 : 1)

async function runSuite({ sdk, folder, tool, steps }: Suite, { url }: Bench): Promise<Outcome> {
  if (tool.path === null) return skippedWithoutTool(sdk, tool)
  process.stdout.write(`\n== ${sdk}: ${tool.path}\n`)
  const sum = { ...nothing }
  for (const { args, read } of steps) {
    const { output, exitCode } = await run(tool.path, args, { folder, benchUrl: url })
    const { passed, failed, skipped } = read(output)
    sum.passed += passed
    sum.skipped += skipped
    // A step that fails without a failed test did not build, or crashed.
    sum.failed += exitCode === 0 ? failed : Math.max(failed, 1)
    if (exitCode !== 0)
      process.stdout.write(`${sdk}: ${tool.name} ${args.join(' ')} ended with ${exitCode}\n`)
  }
  process.stdout.write(`${sdk}: ${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
  return sum
}

function skippedWithoutTool(sdk: string, { name, advice }: Suite['tool']): Outcome {
  process.stdout.write(`\n!! ${sdk}: SKIPPED, there is no ${name}. ${advice}\n`)
  return { ...nothing, skipped: 1 }
}

async function run(
  command: string,
  args: string[],
  { folder, benchUrl }: { folder: string; benchUrl: string },
): Promise<{ output: string; exitCode: number | null }> {
  const env = {
    ...process.env,
    LATCHKEY_SDK_BENCH: benchUrl,
    // Nothing is downloaded: the Go SDK has no dependencies, and no tool sends reports about its user.
    GOFLAGS: '-mod=mod',
    GOPROXY: 'off',
    GOTOOLCHAIN: 'local',
    DOTNET_CLI_TELEMETRY_OPTOUT: '1',
    DOTNET_NOLOGO: '1',
  }
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    // Read by whole lines: a chunk may end anywhere, even within a character.
    createInterface({ input: stream }).on('line', (line) => {
      output += `${line}\n`
      process.stdout.write(shown(line))
    })
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearTimeout(timer)
  return { output, exitCode }
}

interface GoEvent {
  Action: string
  Test?: string
  Output?: string
}

/** From Go's stream of events only the output of tests; other lines unchanged. */
function shown(line: string): string {
  const [event] = line.startsWith('{"Time"') ? goEvents(line) : []
  if (event === undefined) return `${line}\n`
  const printed = event.Action === 'output' ? (event.Output ?? '') : ''
  return /^\s*(=== |--- PASS|PASS$)/.test(printed) ? '' : printed
}

function bunOutcome(output: string): Outcome {
  const of = (kind: string) => Number(new RegExp(`^ *(\\d+) ${kind}$`, 'm').exec(output)?.[1] ?? 0)
  return { passed: of('pass'), failed: of('fail'), skipped: of('skip') }
}

function goOutcome(output: string): Outcome {
  const ended = goEvents(output).filter(({ Test }) => Test !== undefined)
  const count = (action: string) => ended.filter(({ Action }) => Action === action).length
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') }
}

function goEvents(text: string): GoEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as GoEvent] : []
    } catch {
      return []
    }
  })
}

function dotnetOutcome(output: string): Outcome {
  const lines = [...output.matchAll(/Failed: +(\d+), Passed: +(\d+), Skipped: +(\d+)/g)]
  const sum = (index: number) => lines.reduce((total, line) => total + Number(line[index]), 0)
  return { failed: sum(1), passed: sum(2), skipped: sum(3) }
}

function onPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(':')
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}
