import { Fault } from '../../core/ground/faults.ts'
import type { Connection, NativeRoute, Peer } from './env.ts'
import { renderProblem } from './problem.ts'
import { withOrigin } from './request-target.ts'

/** A listening socket. */
export interface Listener {
  /** The address it listens on, for example `http://127.0.0.1:8080`. */
  url: string
  port: number
  /** Accepts no new connection, gives running requests at most `graceMs` to finish, then closes the rest. */
  stop(graceMs: number): Promise<void>
}

/** Where and how to listen. */
export interface ListenOptions {
  hostname: string
  /** 0 for any free port. */
  port: number
  /** The names of the two settings, for messages. */
  settings?: { host: string; port: string }
  /** How long a connection may be silent within a request or between two, in milliseconds. */
  idleTimeoutMs: number
  fetch(request: Request, connection: Connection): Response | Promise<Response>
  /** Addresses with so many requests that the server routes them itself. */
  routes?: readonly NativeRoute[]
  /** Is called with an error that `fetch` throws, which it should not do. */
  reportError?(error: unknown, requestId: string): void
}

// The application answers bodies over the bound of core/ground/bounds.ts; this only limits what Bun reads for that answer.
const HARD_BODY_BYTES = 16 * 1024 * 1024
const IDLE_SECONDS_MAX = 255

/**
 * Opens Bun's HTTP server. It closes by itself connections whose headers do not arrive within about ten seconds, and
 * refuses headers over 16 KiB (431) and ambiguous framing (400) before any code of ours runs.
 */
export function listen({
  hostname,
  port,
  settings,
  idleTimeoutMs,
  fetch,
  routes = [],
  reportError,
}: ListenOptions): Listener {
  const peer: Peer = (request) => server.requestIP(request)?.address
  const server = bind(
    {
      routes: Object.fromEntries(routes.map((route) => [route.path, routed(route, peer)])),
      hostname,
      port,
      idleTimeout: Math.min(IDLE_SECONDS_MAX, Math.ceil(idleTimeoutMs / 1000)),
      maxRequestBodySize: HARD_BODY_BYTES,
      fetch(request) {
        const peerAddress = peer(request)
        return fetch(withOrigin(request), peerAddress === undefined ? {} : { peerAddress })
      },
      // Bun's own error page would show source code and the stack.
      development: false,
      // Outside its development mode, Bun shares the port with other programs of the same user that do likewise.
      reusePort: false,
      error(error) {
        const requestId = crypto.randomUUID()
        reportError?.(error, requestId)
        const { status, body, contentType } = renderProblem(new Fault('internal'), { requestId })
        return new Response(JSON.stringify(body), { status, headers: { 'content-type': contentType } })
      },
    },
    settings,
  )
  return {
    url: server.url.origin,
    port: server.port ?? port,
    async stop(graceMs) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs)
      })
      await Promise.race([server.stop(), grace])
      clearTimeout(timer)
      await server.stop(true)
    },
  }
}

function routed({ method, answer }: NativeRoute, peer: Peer): Bun.Serve.Routes<undefined, string>[string] {
  // Bun's request has more members than its types say.
  const handler =
    answer instanceof Response
      ? answer
      : (request: Bun.BunRequest) => answer(request as unknown as Request, peer)
  return method === null ? handler : { [method]: handler }
}

/** Bun's errors name neither the address nor a remedy. */
function bind(options: Bun.Serve.Options<undefined>, settings: ListenOptions['settings']) {
  const { host, port } = settings ?? { host: 'another host', port: 'another port' }
  try {
    return Bun.serve(options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const { hostname, port: number } = options as { hostname: string; port: number }
    const reasons: Record<string, string> = {
      EADDRINUSE: `${hostname}:${number} is in use by another program. Choose another port with ${port}.`,
      EACCES: `This user may not listen on ${hostname}:${number}. Choose a port above 1023 with ${port}.`,
      EADDRNOTAVAIL: `${hostname} is not an address of this machine. Choose one with ${host}.`,
    }
    const message =
      reasons[String(error.code)] ?? `${hostname}:${number} cannot be listened on: ${error.message}.`
    throw new Error(message, { cause: error })
  }
}
