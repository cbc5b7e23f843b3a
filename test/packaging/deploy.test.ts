import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MEMORY_SETTINGS } from '../../bin/memory-settings.mjs'
import { loadConfig, SETTINGS } from '../../src/config/settings.ts'
import { temporaryFolder } from '../support/server.ts'

// Files that cannot be run here are checked by their own linters where those are installed, and against our settings and addresses.

const root = join(import.meta.dir, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const folder = temporaryFolder()

/** The linter, or null after a clear message that it is absent. */
function linter(name: string, what: string): string | null {
  const found = Bun.which(name)
  if (found === null)
    process.stdout.write(`SKIPPED: ${what} is not held against ${name}: there is none here.\n`)
  return found
}

// biome-ignore lint/suspicious/noExplicitAny: documents of other programs; a test names the members that it looks at.
type Loose = any

/** Every value that a deployment gives to the server must be one that the server accepts. */
function expectSettings(env: Record<string, string>): void {
  const loaded = loadConfig({ env, args: [], readFile: () => 'postgres://u:p@h:5432/d' })
  expect(loaded.ok ? [] : loaded.problems).toEqual([])
}

const ADDRESSES = ['/livez', '/readyz']

describe('the Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const all = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  test('builds an image that runs as an unprivileged user, without a shell, with a health check, as process 1', () => {
    const stages = all('FROM')
    expect(stages.at(-1)).toMatch(/^gcr\.io\/distroless\/.*:nonroot$/)
    for (const stage of stages) expect(stage).toMatch(/:[\w.-]+( AS \w+)?$/)
    const last = lines.slice(lines.lastIndexOf(`FROM ${stages.at(-1)}`))
    expect(last).toContain('USER 65532:65532')
    expect(last.filter((line) => line.startsWith('RUN'))).toEqual([])
    // Only a list of words runs as it stands; a text would need a shell, which would be process 1 and forward no signals.
    for (const word of ['ENTRYPOINT', 'CMD']) expect(JSON.parse(all(word)[0] ?? '')).toBeArray()
    const [, health = ''] = /CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0] ?? '') ?? []
    expect(JSON.parse(health)).toEqual(['/usr/local/bin/latchkey', 'health'])
    const [entrypoint] = JSON.parse(all('ENTRYPOINT')[0] ?? '[]')
    expect(all('COPY').some((copy) => copy.endsWith(` ${entrypoint}`))).toBe(true)
  })

  test('has settings that the server accepts', () => {
    const env = Object.fromEntries(
      [...(all('ENV')[0] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    )
    const { MIMALLOC_PURGE_HOLES, MIMALLOC_PURGE_DELAY, BUN_JSC_gcMaxHeapSize, ...settings } = env
    expect({ MIMALLOC_PURGE_HOLES, MIMALLOC_PURGE_DELAY, BUN_JSC_gcMaxHeapSize }).toEqual(MEMORY_SETTINGS)
    expect(Object.keys(settings).length).toBe(3)
    expectSettings(settings)
  })

  test('copies no secrets and no build products into its first stage', () => {
    const ignored = read('.dockerignore').split('\n')
    for (const name of ['.git', 'node_modules', 'data', 'dist']) expect(ignored).toContain(name)
  })

  test('passes the linter', () => {
    const hadolint = linter('hadolint', 'the Dockerfile')
    if (hadolint !== null)
      expect(Bun.spawnSync([hadolint, join(root, 'Dockerfile')]).stdout.toString()).toBe('')
  })
})

describe.each(['compose.yaml', 'compose.postgres.yaml'])('%s', (file) => {
  const document: Loose = Bun.YAML.parse(read(file))

  test('names services, volumes and settings that exist', () => {
    const { latchkey, ...others } = document.services
    for (const name of Object.keys(latchkey.depends_on ?? {})) {
      expect(Object.keys(others)).toContain(name)
      expect(others[name].healthcheck.test[0]).toBe('CMD')
    }
    for (const service of Object.values<Loose>(document.services))
      for (const volume of service.volumes ?? [])
        expect(Object.keys(document.volumes)).toContain(volume.split(':')[0])
    const filled = Object.entries<string>(latchkey.environment ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{[^}]+\}/g, 'secret'),
    ])
    expectSettings(Object.fromEntries(filled))
    // Without TLS it listens only to this machine.
    for (const port of latchkey.ports) expect(port).toStartWith('127.0.0.1:')
    expect([latchkey.read_only, latchkey.cap_drop]).toEqual([true, ['ALL']])
  })

  test('is accepted by docker compose', () => {
    const docker = linter('docker', file)
    if (docker === null) return
    if (Bun.spawnSync([docker, 'compose', 'version']).exitCode !== 0) {
      process.stdout.write(
        `SKIPPED: ${file} is not held against docker compose: docker has no compose here.\n`,
      )
      return
    }
    const env = { ...process.env, POSTGRES_PASSWORD: 'x' }
    expect(
      Bun.spawnSync([docker, 'compose', '-f', join(root, file), 'config', '-q'], { env }).stderr.toString(),
    ).toBe('')
  })
})

describe.each(['embedded.yaml', 'postgres.yaml'])('deploy/kubernetes/%s', (file) => {
  const documents: Loose[] = read(`deploy/kubernetes/${file}`)
    .split(/^---$/m)
    .map((text) => Bun.YAML.parse(text))
  const workload = documents.find(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment')
  const service = documents.find(({ kind }) => kind === 'Service')
  const pod = workload.spec.template
  const [container] = pod.spec.containers

  test('selects its pods, probes existing addresses, and has settings that the server accepts', () => {
    expect(pod.metadata.labels).toMatchObject(workload.spec.selector.matchLabels)
    expect(pod.metadata.labels).toMatchObject(service.spec.selector)
    const ports = container.ports.map(({ name }: Loose) => name)
    for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort)
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(ADDRESSES).toContain(container[probe].httpGet.path)
      expect(ports).toContain(container[probe].httpGet.port)
    }
    // A probe that restarts a pod must not fail because the database is away.
    expect(container.livenessProbe.httpGet.path).toBe('/livez')
    expectSettings(Object.fromEntries(container.env.map(({ name, value }: Loose) => [name, value])))
    const known = Object.values(SETTINGS).flatMap(({ env }) => [env, `${env}_FILE`])
    for (const { name } of container.env) expect(known).toContain(name)
    const volumes = [
      ...(pod.spec.volumes ?? []).map(({ name }: Loose) => name),
      ...(workload.spec.volumeClaimTemplates ?? []).map(({ metadata }: Loose) => metadata.name),
    ]
    for (const { name } of container.volumeMounts) expect(volumes).toContain(name)
  })

  test('runs one process on a file and three on PostgreSQL, as an unprivileged user, with only its data writable', () => {
    // Only on PostgreSQL several may run, see docs/scaling.md.
    expect(workload.spec.replicas).toBe(workload.kind === 'Deployment' ? 3 : 1)
    if (workload.kind === 'Deployment') expect(workload.spec.strategy.type).toBe('RollingUpdate')
    expect(pod.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(pod.spec.automountServiceAccountToken).toBe(false)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('is accepted by kubectl', () => {
    const kubectl = linter('kubectl', `deploy/kubernetes/${file}`)
    if (kubectl === null) return
    const own = join(folder, file)
    mkdirSync(own, { recursive: true })
    copyFileSync(join(root, 'deploy/kubernetes', file), join(own, file))
    writeFileSync(
      join(own, 'kustomization.yaml'),
      read('deploy/kubernetes/kustomization.yaml').replace('embedded.yaml', file),
    )
    const built = Bun.spawnSync([kubectl, 'kustomize', own])
    expect([built.exitCode, built.stderr.toString()]).toEqual([0, ''])
    expect(built.stdout.toString().match(/^kind: /gm)?.length).toBe(documents.length)
  }, 20_000)
})

describe('the systemd unit', () => {
  const unit = read('deploy/latchkey.service')

  test('is accepted by systemd, and leaves few rights to a compromised process', () => {
    const analyze = linter('systemd-analyze', 'deploy/latchkey.service')
    if (analyze === null) return
    const own = join(folder, 'latchkey.service')
    // The program is not installed here, but systemd checks that it exists.
    writeFileSync(own, unit.replace('ExecStart=/usr/local/bin/latchkey', 'ExecStart=/bin/true'))
    const verified = Bun.spawnSync([analyze, 'verify', own])
    const told = verified.stderr
      .toString()
      .split('\n')
      .filter((line) => line.includes('latchkey.service'))
    expect([verified.exitCode, told]).toEqual([0, []])
    const secure = Bun.spawnSync([analyze, 'security', '--offline=true', '--threshold=25', own])
    const [, exposure = ''] =
      /exposure level for latchkey\.service: ([\d.]+)/.exec(secure.stdout.toString()) ?? []
    process.stdout.write(`systemd: exposure ${exposure} of 10\n`)
    expect([secure.exitCode, Number(exposure)]).toEqual([0, expect.any(Number)])
  })

  test('has settings that the server accepts', () => {
    const env = Object.fromEntries(
      [...unit.matchAll(/^Environment=(\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
    )
    const { MIMALLOC_PURGE_HOLES, MIMALLOC_PURGE_DELAY, BUN_JSC_gcMaxHeapSize, ...settings } = env
    expect({ MIMALLOC_PURGE_HOLES, MIMALLOC_PURGE_DELAY, BUN_JSC_gcMaxHeapSize }).toEqual(MEMORY_SETTINGS)
    expect(Object.keys(settings)).toEqual(['LATCHKEY_DATABASE_URL'])
    expectSettings(settings)
  })
})
