import type { OpenAPIHono, RouteConfig, RouteHandler } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { Ability } from '../../core/access/abilities.ts'
import type { AuditRecord } from '../../core/access/audit-entry.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { Failure } from '../../core/ground/faults.ts'
import {
  type BodyBounds,
  type BodyJudge,
  PUBLIC_BODY,
  passOverBody,
  receiveBody,
  SMALL_BODY,
} from './body.ts'
import type { Env } from './env.ts'
import { bodySchemaOf, type InputRules, validateInput } from './validation.ts'

/**
 * Who may call an operation:
 *
 * - `public`: anybody.
 * - `any_key`: the holder of any live key, also of one that only verifies.
 * - `holder`: also the holder of a key that is disabled, expired or not valid yet, to read what it may know of itself.
 * - an ability: the holder of a managing key whose owner's role grants the ability at any reach. The core checks the reach.
 * - `verified`: an operation that checks the credential by itself. Only failures are counted, by {@link
 *   Env.Variables.refuseCredential}.
 */
export type Callers = 'public' | 'any_key' | 'holder' | 'verified' | Ability

/** The facts of an operation besides its wire form. */
export interface OperationFacts {
  callers: Callers
  /** The name of the action in the audit log when it is denied, for example `key.update`. */
  action: string
  /** The kind of the target. The path parameter `id`, `hash` or `ref` names the target, if there is one. */
  target: AuditRecord['target']['kind']
  /** True for calls that a protected service makes for each of its requests; the management rate does not count them. */
  dataPlane?: true
  /**
   * True for a public call that monitoring makes all the time. It is cheap and has no rate limit: otherwise a client that shares an
   * address with a load balancer could make the server look down.
   */
  probe?: true
  /** True for a call in which a key only reads about itself. It does not count as a use of the key. */
  isLook?: true
  /** True for a change that is answered only when the other nodes apply it. */
  waits?: true
  /** True for an operation that answers every method; its `method` is the one that the OpenAPI document shows. */
  anyMethod?: true
  /** The bounds of its body, when they are not {@link SMALL_BODY}, or {@link PUBLIC_BODY} for a public operation. */
  body?: BodyBounds
  /** Refuses a body with a list by its size before it is received, and by the number of its values before it is parsed. */
  judgeBody?: BodyJudge
  /** Finds the errors in the input that only the domain can find. */
  alsoWrong?: NonNullable<InputRules['alsoWrong']>
}

/** One wire operation: its route, who may call it, and its handler; independent of where it is mounted. */
export interface Operation extends OperationFacts {
  method: RouteConfig['method']
  /** Relative to the dialect's base, with `{name}` parameters. */
  path: string
  /** The largest body, in bytes, that it accepts; null for an operation that answers whatever the body is. */
  bodyBytes: number | null
  /** Registers the operation, with middleware to run before its body is read and after. */
  mount(app: OpenAPIHono<Env>, before: MiddlewareHandler<Env>[], afterBody?: MiddlewareHandler<Env>[]): void
}

/**
 * Defines one wire operation. `callers` is required, so an operation without it does not compile. The middleware that enforces it runs
 * before the input is validated, so strangers learn nothing from validation errors.
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
      // The framework's own validation would parse the body a second time, check it in one piece, and stop at the first invalid part.
      if (route.hide !== true) app.openAPIRegistry.registerPath(route)
      const receive = takesBody
        ? [receiveBody(bounds, facts.judgeBody)]
        : hasKnownCaller(facts)
          ? [passOverBody]
          : []
      const validate = validateInput(route, {
        ...(facts.alsoWrong && { alsoWrong: facts.alsoWrong }),
        ...(bounds.list && { list: bounds.list.member }),
      })
      const answer = hasKnownCaller(facts) ? [judgedAnswer(validate, handler as never)] : [validate, handler]
      const handlers = [...before, ...receive, ...afterBody, ...(answer as MiddlewareHandler<Env>[])]
      app.on([route.method], [route.path.replaceAll(/\/{(.+?)}/g, '/:$1')], ...handlers)
    },
  }
}

/** Whether an operation only reads. */
export function isRead({ method }: Pick<Operation, 'method'>): boolean {
  return method === 'get'
}

/**
 * Checks the input and answers. Unless the call has changed something, its caller is judged again when the answer is there, also that the
 * input is wrong or that there is nothing: it may have waited for its turn or for the database, and whoever lost its right meanwhile
 * sees nothing.
 */
function judgedAnswer(validate: MiddlewareHandler<Env>, handler: Answering): Answering {
  return async (c, next) => {
    const [found] = await Promise.allSettled([answered(c, next)])
    if (found.status === 'rejected') {
      // Any other error tells nothing, and has to be reported.
      if (found.reason instanceof Failure) await c.get('judgeRead')()
      throw found.reason
    }
    try {
      await c.get('judgeRead')()
    } catch (error) {
      // An answer in parts holds a place until it ends.
      await found.value.body?.cancel()
      throw error
    }
    return found.value
  }

  async function answered(c: Context<Env>, next: Next): Promise<Response> {
    let answer: Response | undefined
    await validate(c, async () => {
      answer = await handler(c, next)
    })
    if (answer === undefined) throw new Error('the input was checked and nothing was answered')
    return answer
  }
}

type Answering = (c: Context<Env>, next: Next) => Promise<Response>

/** Whether only callers with a known credential come as far as its body. */
function hasKnownCaller({ callers }: OperationFacts): boolean {
  return callers !== 'public' && callers !== 'verified'
}
