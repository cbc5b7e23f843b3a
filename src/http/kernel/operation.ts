import type { OpenAPIHono, RouteConfig, RouteHandler } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { Ability } from '../../core/access/abilities.ts'
import type { AuditRecord } from '../../core/access/audit-entry.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { type BodyBounds, PUBLIC_BODY, receiveBody, SMALL_BODY } from './body.ts'
import type { Env } from './env.ts'
import { bodySchemaOf, type InputRules, validateInput } from './validation.ts'

/**
 * Who may call an operation:
 *
 * - `public`: anybody.
 * - `any_key`: the holder of any live key, also of one that only verifies.
 * - `holder`: also the holder of a key that is disabled, expired or not valid yet, to read what may be known of it.
 * - an ability: the holder of a managing key whose owner's role grants the ability at any reach. The core checks the reach.
 * - `verified`: an operation that judges the credential by verify itself. Only failures are counted, by
 *   {@link Env.Variables.refuseCredential}.
 */
export type Callers = 'public' | 'any_key' | 'holder' | 'verified' | Ability

/** The facts of an operation besides its wire form. */
export interface OperationFacts {
  callers: Callers
  /** The word for the act in the audit log when it is denied, for example `key.update`. */
  action: string
  /** The kind of the target; the path parameter `id`, `hash` or `ref`, if there is one, names it. */
  target: AuditRecord['target']['kind']
  /** True for calls that a protected service makes per request, which the management rate does not count. */
  dataPlane?: true
  /**
   * True for a public call that is asked all the time by those who watch the server. It costs next to nothing and is not rated: whoever
   * shares an address with a load balancer could otherwise take the server out of its list.
   */
  probe?: true
  /** True for a look of `any_key` at itself, which is not counted as a request of the key. */
  isLook?: true
  /** True for a change that is answered only when other nodes act by it. */
  waits?: true
  /** True for an operation that answers every method; its `method` is the one that the document shows. */
  anyMethod?: true
  /** What its body may hold, where that is not {@link SMALL_BODY}, or {@link PUBLIC_BODY} of a public operation. */
  body?: BodyBounds
  /** The errors that only the domain finds. */
  alsoWrong?: NonNullable<InputRules['alsoWrong']>
}

/** One wire operation: its route, who may call it, and its handler; independent of where it is mounted. */
export interface Operation extends OperationFacts {
  method: RouteConfig['method']
  /** Relative to the dialect's base, with `{name}` parameters. */
  path: string
  /** The most bytes of a body that it reads or leaves unread; null where it answers whatever comes. */
  bodyBytes: number | null
  /** Puts the operation on an application, behind what is to happen before its body is read and after. */
  mount(app: OpenAPIHono<Env>, before: MiddlewareHandler<Env>[], afterBody?: MiddlewareHandler<Env>[]): void
}

/**
 * Defines one wire operation. `callers` is a required member, so that forgetting it does not compile; the middleware that
 * enforces it runs before the input is validated, so that a stranger learns nothing from validation errors.
 */
export function operation<R extends RouteConfig>(
  route: R,
  facts: OperationFacts,
  handler: RouteHandler<R, Env>,
): Operation {
  const bounds = facts.body ?? (facts.callers === 'public' ? PUBLIC_BODY : SMALL_BODY)
  const takesBody = bodySchemaOf(route) !== null
  return {
    ...facts,
    method: route.method,
    path: route.path,
    bodyBytes: takesBody ? bounds.bytes : MAX.unreadBodyBytes,
    mount(app, before, afterBody = []) {
      // The framework's own way would parse the body a second time, check it in one piece, and stop at the first part that is wrong.
      if (route.hide !== true) app.openAPIRegistry.registerPath(route)
      const receive = takesBody ? [receiveBody(bounds)] : []
      const validate = validateInput(route, {
        ...(facts.alsoWrong && { alsoWrong: facts.alsoWrong }),
        ...(bounds.list && { list: bounds.list.member }),
      })
      const handlers = [...before, ...receive, ...afterBody, validate, handler as never]
      app.on([route.method], [route.path.replaceAll(/\/{(.+?)}/g, '/:$1')], ...handlers)
    },
  }
}
