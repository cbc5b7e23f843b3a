import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IDENTITY_HEADERS } from '../../src/http/native/verify/identity-headers.ts'
import { readRules } from '../../src/http/native/verify/route-rules-file.ts'

// Neither program is in Debian. Without them, the test reads the YAML and checks the members on which the safety depends.
const EXAMPLES = join(import.meta.dir, '../../examples/gateways')
const textOf = (path: string) => readFileSync(join(EXAMPLES, path), 'utf8')
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
const yaml = (path: string): any => Bun.YAML.parse(textOf(path))

test('Traefik: every router calls Latchkey, removes the key and takes the identity from the response', () => {
  const { routers, middlewares, services } = yaml('traefik/dynamic.yml').http
  expect(Object.keys(routers).length).toBeGreaterThan(1)
  for (const router of Object.values<{ middlewares: string[]; service: string }>(routers)) {
    const [first = '', second = ''] = router.middlewares
    const { forwardAuth } = middlewares[first]
    expect(new URL(forwardAuth.address).pathname).toBe('/v2/authorize')
    expect(forwardAuth.trustForwardHeader).toBe(false)
    expect(forwardAuth.authRequestHeaders).toEqual(['Authorization', 'X-Api-Key'])
    const copied = forwardAuth.authResponseHeaders.map((name: string) => name.toLowerCase())
    expect(copied.sort()).toEqual([...IDENTITY_HEADERS].sort())
    expect(middlewares[second].headers.customRequestHeaders).toEqual({ Authorization: '', 'X-Api-Key': '' })
    expect(services[router.service].loadBalancer.servers).toHaveLength(1)
  }
  expect(middlewares['authorize-reports'].forwardAuth.address).toEndWith(
    '?permission=reports.read&charge=0.01',
  )
  expect(yaml('traefik/traefik.yml').providers.file.filename).toBe('dynamic.yml')
})

test('Envoy: the path is normalized before the check, and no request passes without it', () => {
  const { listeners, clusters } = yaml('envoy/envoy.yaml').static_resources
  const manager = listeners[0].filter_chains[0].filters[0].typed_config
  expect(manager).toMatchObject({
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
  })
  const [ask, router] = manager.http_filters
  expect(router.name).toBe('envoy.filters.http.router')
  expect(ask.typed_config.failure_mode_allow).toBe(false)
  const { http_service: service } = ask.typed_config
  expect(service.path_prefix).toBe('/v2/authorize')
  expect(service.authorization_response.allowed_upstream_headers.patterns[0].prefix).toBe('x-auth-')
  const [host] = manager.route_config.virtual_hosts
  expect(host.request_headers_to_remove).toEqual(['authorization', 'x-api-key'])
  const names = clusters.map(({ name }: { name: string }) => name)
  expect(names).toEqual([service.server_uri.cluster, host.routes[0].route.cluster])
})

describe('the examples', () => {
  test.each([
    ['haproxy', 'x-original'],
    ['envoy', 'path'],
  ])('of %s has rules that are taken', (name, original) => {
    const read = readRules(textOf(`${name}/rules.json`), 10_000_000_000_000n)
    expect(read.ok && read.rules.original).toBe(original as never)
  })

  test('of nginx keeps its process id in its own folder, so that stopping it stops no other nginx', () => {
    expect(textOf('nginx/nginx.conf')).toMatch(/^pid [\w.]+;$/m)
  })

  test('each have a README, and are in the list', () => {
    const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders).toHaveLength(5)
    for (const { name } of folders) {
      expect(textOf(`${name}/README.md`).length).toBeGreaterThan(200)
      expect(textOf('README.md')).toContain(`(${name}/README.md)`)
    }
  })
})
