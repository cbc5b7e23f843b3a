import { Fault } from '../../core/ground/faults.ts'
import type { Connection } from './env.ts'
import { renderProblem } from './problem.ts'

/** A listening socket. */
export interface Listener {
  /** The address it listens on, for example `http://127.0.0.1:8080`. */
  url: string
  port: number
  /** Takes no new connection, lets running requests finish for at most `graceMs`, then closes what is left. */
  stop(graceMs: number): Promise<void>
}

/** Where and how to listen. */
export interface ListenOptions {
  hostname: string
  /** 0 for any free port. */
  port: number
  /** How long a connection may be silent in the middle of a request or between two, in milliseconds. */
  idleTimeoutMs: number
  fetch(request: Request, connection: Connection): Response | Promise<Response>
  /** Hears of what `fetch` throws, which it should not. */
  reportError?(error: unknown, requestId: string): void
}

// Bodies over the bound of core/ground/bounds.ts get a proper answer from the application; this only caps what it must read.
const HARD_BODY_BYTES = 16 * 1024 * 1024
const IDLE_SECONDS_MAX = 255

/**
 * Opens Bun's HTTP server. It closes by itself connections whose headers do not arrive within about ten seconds, and
 * refuses headers over 16 KiB (431) and ambiguous framing (400) before any code of ours runs.
 */
export function listen({ hostname, port, idleTimeoutMs, fetch, reportError }: ListenOptions): Listener {
  const server = bind({
    hostname,
    port,
    idleTimeout: Math.min(IDLE_SECONDS_MAX, Math.ceil(idleTimeoutMs / 1000)),
    maxRequestBodySize: HARD_BODY_BYTES,
    fetch(request, self) {
      const peer = self.requestIP(request)
      return fetch(withOrigin(request), peer === null ? {} : { peerAddress: peer.address })
    },
    // Bun's own page would show the source and the stack.
    development: false,
    error(error) {
      const requestId = crypto.randomUUID()
      reportError?.(error, requestId)
      const { status, body, contentType } = renderProblem(new Fault('internal'), { requestId })
      return new Response(JSON.stringify(body), { status, headers: { 'content-type': contentType } })
    },
  })
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

/**
 * The request with an absolute address. Without a usable `Host` (HTTP/1.0, an empty one), and for CONNECT, Bun gives only what
 * stood in the request line, in which the framework finds neither the route nor the query.
 */
function withOrigin(request: Request): Request {
  const { url } = request
  if (/^https?:\/\//.test(url)) return request
  return new Request(new URL(`http://localhost${url.startsWith('/') ? '' : '/'}${url}`).href, request)
}

/** Bun's error for a taken port names neither the address nor the way out. */
function bind(options: Bun.Serve.Options<undefined>) {
  try {
    return Bun.serve(options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    const { hostname, port } = options as { hostname: string; port: number }
    const message = `${hostname}:${port} is in use by another program. Choose another port with LATCHKEY_PORT or --port.`
    throw new Error(message, { cause: error })
  }
}
