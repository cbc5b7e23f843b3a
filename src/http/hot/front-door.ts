import { withOrigin } from '../kernel/request-target.ts'
import { authorizeRoute } from './authorize-route.ts'
import type { HotParts, HotRoute } from './hot-parts.ts'
import { verifyRoute } from './verify-route.ts'

/** The routes that protected services call for each of their requests. */
export interface FrontDoor {
  /** `POST` only; for another method the plain path lists the methods. */
  verify: HotRoute
  authorize: HotRoute
  /** Every address below that of `authorize`. */
  authorizeBelow: HotRoute
  /** The route of a request that Bun has not routed. Null when it is none of these. */
  routeOf(request: Request): HotRoute | null
}

const BELOW = '/v2/authorize/'

/** Builds the front door: a short path for the few calls that arrive all the time, without framework, schemas and streams. */
export function createFrontDoor(parts: HotParts): FrontDoor {
  const verify = verifyRoute(parts)
  const authorize = located(authorizeRoute(parts, '/v2/authorize'))
  const below = authorizeRoute(parts, '/v2/authorize/{path}')
  // With nothing after the slash it is the address itself.
  const authorizeBelow = located((request, peer) =>
    (pathOf(request.url) === BELOW ? authorize : below)(request, peer),
  )
  return {
    verify,
    authorize,
    authorizeBelow,
    routeOf({ url, method }) {
      const path = pathOf(url)
      if (path === '/v2/verify') return method === 'POST' ? verify : null
      if (path === '/v2/authorize') return authorize
      return path.startsWith(BELOW) ? authorizeBelow : null
    },
  }
}

/**
 * The route for a request with an absolute address. Everything below the address of `authorize` is the client's path, and belongs to
 * this operation however it is written: the plain path would follow `/v2/authorize/../../livez` to another operation, and a gateway
 * would take that operation's success for a permission.
 */
function located(route: HotRoute): HotRoute {
  return (request, peer) => {
    const absolute = withOrigin(request)
    return absolute === request ? route(request, peer) : route(absolute, () => peer(request))
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return url.slice(url.indexOf('/', 'https://'.length), query < 0 ? undefined : query)
}
