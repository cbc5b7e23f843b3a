import { accessSync, constants, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const PLACEHOLDER_BYTES_MAX = 100_000

/** @type {Record<string, string>} Node's names of processors to Bun's. */
const ARCHITECTURES = { x64: 'x64', arm64: 'aarch64' }
/** @type {Record<string, string>} Node's names of systems to Bun's. */
const SYSTEMS = { linux: 'linux', darwin: 'darwin', freebsd: 'freebsd', win32: 'windows', android: 'linux' }

/**
 * The Bun program to run: `LATCHKEY_BUN` when set, otherwise the one that npm installed.
 *
 * The platform package carries the program and the `bun` package only a placeholder, until the install script of `bun`
 * moves the program over the placeholder. `npm ci --ignore-scripts` never runs that script, so it may lie in either.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {{ path: string } | { problem: string }} the program, or one line that says what to do
 */
export function findBun(env = process.env) {
  const chosen = env.LATCHKEY_BUN
  if (chosen) {
    return isProgram(chosen)
      ? { path: chosen }
      : { problem: `LATCHKEY_BUN is ${chosen}, which is not a program that can be run.` }
  }
  const packages = platformPackages({ platform: process.platform, arch: process.arch, musl: isMusl() })
  for (const name of [...packages, 'bun']) {
    const path = programIn(name)
    if (path !== null) return { path }
  }
  if (packages.length === 0) {
    return {
      problem: `There is no Bun for ${process.platform} on ${process.arch}; set LATCHKEY_BUN to a Bun program of your own.`,
    }
  }
  return {
    problem: `Bun is not installed here (looked for ${packages.join(', ')}): run npm ci, with optional dependencies, or set LATCHKEY_BUN.`,
  }
}

/**
 * Names of the packages that may carry Bun for a machine, best first.
 *
 * @param {{ platform: string, arch: string, musl: boolean }} machine
 * @returns {string[]} empty when Bun is not built for that machine
 */
export function platformPackages({ platform, arch, musl }) {
  const system = SYSTEMS[platform]
  const architecture = ARCHITECTURES[arch]
  if (system === undefined || architecture === undefined) return []
  const base = `@oven/bun-${system}-${architecture}`
  if (platform === 'android') return [`${base}-android`]
  if (platform !== 'linux') return [base]
  return musl ? [`${base}-musl`, base] : [base, `${base}-musl`]
}

/** @param {string} packageName */
function programIn(packageName) {
  // Resolved as this file would import it, so that a hoisted installation (npx latchkey) is found as well.
  const require = createRequire(import.meta.url)
  try {
    const folder = join(dirname(require.resolve(`${packageName}/package.json`)), 'bin')
    return [join(folder, 'bun'), join(folder, 'bun.exe')].find(isWholeProgram) ?? null
  } catch {
    return null
  }
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A program, and not the placeholder, which is a script of a few lines.
 *
 * @param {string} path
 */
function isWholeProgram(path) {
  return isProgram(path) && statSync(path).size > PLACEHOLDER_BYTES_MAX
}

function isMusl() {
  if (process.platform !== 'linux') return false
  // Node's report names the C library it runs on. Its type declarations know neither of these two members. Without the
  // first, making the report would look up the names of network addresses.
  const report =
    /** @type {{ excludeNetwork: boolean, getReport(): { header: Record<string, unknown> } }} */ (
      /** @type {unknown} */ (process.report)
    )
  report.excludeNetwork = true
  return report.getReport().header.glibcVersionRuntime === undefined
}
