import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)
const manifest = manifestAt('package.json')
const client = manifestAt('packages/client/package.json')
const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')) as {
  packages: Record<
    string,
    { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }
  >
}
const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...client.devDependencies }

test('every direct dependency has its reason in ADR 0002, and no other package has', () => {
  const page = readFileSync(new URL('docs/adr/0002-dependencies.md', root), 'utf8')
  const named = [...page.matchAll(/^\| (`.*`) \|/gm)].flatMap(([, cell]) =>
    cell?.replaceAll('`', '').split(', '),
  )
  expect(named.toSorted()).toEqual(Object.keys(direct).toSorted())
})

test('every direct dependency is pinned to one version', () => {
  for (const [name, version] of Object.entries(direct)) {
    expect(`${name}@${version}`).toMatch(/@\d+\.\d+\.\d+(-[\w.]+)?$/)
  }
})

test('the lock file names no registry, so that any mirror can serve it', () => {
  const elsewhere = Object.values(lock.packages).filter(
    ({ resolved, link }) => resolved !== undefined && !link,
  )
  expect(elsewhere).toEqual([])
})

test('the client that is published depends on nothing', () => {
  expect(client.dependencies).toEqual({})
  expect(client.peerDependencies).toEqual({})
})

test('the lock file holds the packages of every platform; npm ci refuses one that does not', () => {
  const wanted = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  )
  expect(wanted.filter((name) => !(`node_modules/${name}` in lock.packages))).toEqual([])
  expect(wanted.length).toBeGreaterThan(0)
})

type Manifest = Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>>

function manifestAt(path: string): Manifest {
  const none = { dependencies: {}, devDependencies: {}, peerDependencies: {} }
  return { ...none, ...JSON.parse(readFileSync(new URL(path, root), 'utf8')) }
}
