import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }

// Where each client keeps its version, and how it is written there.
const PLACES: [string, RegExp][] = [
  ['packages/client/package.json', /"version": "([^"]+)"/],
  ['packages/client/src/version.ts', /VERSION = '([^']+)'/],
  ['sdks/go/version.go', /Version = "([^"]+)"/],
  ['sdks/dotnet/src/Directory.Build.props', /<Version>([^<]+)<\/Version>/],
]

test.each(PLACES)('%s has the version of the server', (path, pattern) => {
  expect(pattern.exec(read(path))?.[1]).toBe(version)
})
