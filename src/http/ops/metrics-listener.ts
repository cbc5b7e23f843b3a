import { Hono } from 'hono'
import type { Measurements } from './measurements.ts'

/** Answers `GET /metrics` without a credential, and nothing else, for a port that only scrapers can reach. */
export function metricsOnly(measurements: Measurements): (request: Request) => Response | Promise<Response> {
  const app = new Hono()
  app.get('/metrics', async (c) =>
    c.text(await measurements.text(), 200, { 'content-type': measurements.contentType }),
  )
  return (request) => app.fetch(request)
}
