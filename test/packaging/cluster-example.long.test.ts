import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/settings.ts'
import { postgresForTests } from '../support/postgres.ts'

// The files of `examples/cluster` are run, or are checked by their own programs where those are installed.

const folder = join(import.meta.dir, '../../examples/cluster')
const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const postgres = await postgresForTests()

describe('examples/cluster', () => {
  test.skipIf('absent' in postgres)(
    'run.ts starts three nodes, which all refuse a revoked key, and ends',
    async () => {
      const child = Bun.spawn([process.execPath, join(folder, 'run.ts'), '--once', '--port', '0'], {
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const [shown, errors, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ])
      expect([code, errors]).toEqual([0, ''])
      expect(shown).toContain('accepted by 3 of 3 nodes')
      expect(shown).toMatch(/revoked on node 2: .*"all-nodes"/)
      expect(shown).toContain('accepted by 0 of 3 nodes')
    },
    90_000,
  )

  test('compose.yaml gives all nodes the same settings, which the server accepts', () => {
    // biome-ignore lint/suspicious/noExplicitAny: a document of another program.
    const { services, networks } = Bun.YAML.parse(read('compose.yaml')) as any
    const nodes = Object.keys(services).filter((name) => name.startsWith('node'))
    expect(nodes).toEqual(['node1', 'node2', 'node3'])
    for (const name of nodes) {
      expect(services[name]).toEqual(services.node1)
      const env = Object.fromEntries(
        Object.entries<string>(services[name].environment).map(([setting, value]) => [
          setting,
          value.replaceAll(/\$\{[^}]+\}/g, 'a-secret-of-thirty-two-letters-x'),
        ]),
      )
      const loaded = loadConfig({ env, args: [], readFile: () => '' })
      expect(loaded.ok ? [] : loaded.problems).toEqual([])
      expect(env.LATCHKEY_TRUSTED_PROXIES).toBe(networks.inside.ipam.config[0].subnet)
    }
    for (const port of services.haproxy.ports) expect(port).toStartWith('127.0.0.1:')
    const served = [...read('haproxy.cfg').matchAll(/^ {2}server (\w+) \1:8080$/gm)].map(([, name]) => name)
    expect(served).toEqual(nodes)
  })

  test('HAProxy accepts haproxy.cfg', () => {
    const haproxy = Bun.which('haproxy')
    if (haproxy === null) {
      process.stdout.write('SKIPPED: haproxy.cfg is not held against haproxy: there is none here.\n')
      return
    }
    const { exitCode, stderr } = Bun.spawnSync([haproxy, '-c', '-f', join(folder, 'haproxy.cfg')])
    expect([exitCode, exitCode === 0 ? '' : stderr.toString()]).toEqual([0, ''])
  })
})
