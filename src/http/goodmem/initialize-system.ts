import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import { receiveText, SMALL_BODY } from '../kernel/body.ts'
import type { Env } from '../kernel/env.ts'
import { inputFaultOf } from '../kernel/input.ts'
import { inputMessage } from '../kernel/input-messages.ts'
import { parseJson } from '../kernel/json-parse.ts'
import { operation } from '../kernel/operation.ts'
import { RequestFault } from '../kernel/request-faults.ts'
import { refusals } from './errors.ts'
import { TAGS } from './wire.ts'

const NoMembers = z.strictObject({}).nullable()

const SystemInitResponse = z
  .object({
    alreadyInitialized: z.boolean(),
    message: z.string(),
    rootApiKey: z.string().nullable().openapi({ description: 'The root secret. It is shown this once.' }),
    userId: z.uuid().nullable(),
  })
  .openapi('SystemInitResponse')

/**
 * `POST /system/init`: makes the root user and its key unless they exist; of concurrent calls one makes them
 * (docs/wire/goodmem.md#set-up-and-users). Calls of web pages are refused.
 */
export const initializeSystem = operation(
  {
    method: 'post',
    path: '/system/init',
    operationId: 'initializeSystem',
    summary: 'Initialize the system',
    tags: TAGS,
    security: [],
    request: {
      body: {
        description: 'May be absent or an empty object.',
        required: false,
        // The framework would refuse an empty body with a JSON type, so this operation reads its body itself.
        content: { 'application/json': { schema: { type: 'object', additionalProperties: false } } },
      },
    },
    responses: {
      200: {
        description: 'The root key, or that there is one already',
        content: { 'application/json': { schema: SystemInitResponse } },
      },
      ...refusals(400, 403, 408, 413, 415, 429, 500, 503),
    },
  },
  { callers: 'public', action: 'system.initialize', target: 'system' },
  async (c) => {
    // Browsers name the page that sends a POST. A page that an operator happens to visit must not make the first key.
    if (c.req.header('origin') !== undefined)
      throw new Fault('permission_denied', { internal: 'sent by a web page' })
    if (await c.get('latchkey').isInitialized()) {
      // The result is known already: an invalid body that is there gets its error, and a slow one is not waited for.
      await requireNoMembers(c, MAX.publicBodyPatienceMs).catch(unlessLate)
      return c.json({ ...SECOND_TIME, rootApiKey: null, userId: null }, 200)
    }
    await requireNoMembers(c, c.get('receiving').timeoutMs)
    const made = await c.get('latchkey').initialize()
    if (made === null) return c.json({ ...SECOND_TIME, rootApiKey: null, userId: null }, 200)
    return c.json({ ...FIRST_TIME, rootApiKey: made.secret.reveal(), userId: made.userId }, 200)
  },
)

const FIRST_TIME = { alreadyInitialized: false, message: 'System initialized successfully' }
const SECOND_TIME = { alreadyInitialized: true, message: 'System is already initialized' }

async function requireNoMembers(c: Context<Env>, timeoutMs: number): Promise<void> {
  const body = await receiveText(c, { bytes: MAX.publicBodyBytes, timeoutMs })
  if (body === '') return
  const parsed = NoMembers.safeParse(await parseJson(body, SMALL_BODY, c.get('turns')), {
    error: inputMessage,
  })
  if (!parsed.success) throw inputFaultOf(parsed.error, 'json')
}

function unlessLate(error: unknown): void {
  if (!(error instanceof RequestFault && error.code === 'request_timeout')) throw error
}
