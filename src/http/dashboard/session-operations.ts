import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { mayManage, type Principal, requireAbility } from '../../core/access/abilities.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import { Secret } from '../../core/ground/secret.ts'
import { fromOwnPage } from '../kernel/browser-sessions.ts'
import type { Env } from '../kernel/env.ts'
import { formatInstant } from '../kernel/input.ts'
import { type Operation, operation } from '../kernel/operation.ts'
import { problemResponse } from '../kernel/problem.ts'
import { RequestFault } from '../kernel/request-faults.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'
import { isMuchToCome } from '../kernel/unread-body.ts'
import type { Sessions } from './sessions.ts'

const SIGNED_IN = z.object({
  user: z.object({ id: z.string(), username: z.string(), displayName: z.string(), role: z.string() }),
  keyId: z.string(),
  endsAt: z.string().nullable(),
})

const BEGUN = SIGNED_IN.extend({ pageToken: z.string() })

const SignIn = z.union([
  z.strictObject({ key: z.string().min(1).max(MAX.credentialChars) }),
  z.strictObject({ link: z.string().min(1).max(100) }),
])

const path = '/dashboard/session'
const failures = {
  ...ANY_FAILURE,
  401: problemResponse('No usable key.'),
  403: problemResponse('Not allowed.'),
}

/** How a browser signs in, learns who is signed in, and signs out. These calls serve the dashboard alone; they are not part of the API. */
export function sessionOperations(sessions: Sessions): Operation[] {
  return [signIn(sessions), getSession(sessions), signOut(sessions)]
}

function signIn(sessions: Sessions): Operation {
  return operation(
    {
      method: 'post',
      path,
      hide: true,
      request: { body: { required: true, content: { 'application/json': { schema: SignIn } } } },
      responses: {
        201: { description: 'Signed in.', content: { 'application/json': { schema: BEGUN } } },
        ...failures,
      },
    },
    { callers: 'public', action: 'session.begin', target: 'system' },
    async (c) => {
      const { headers } = c.req.raw
      // Another site must not sign a person in as somebody else.
      if (!fromOwnPage(headers)) throw new Fault('access_forbidden', { message: FOREIGN_PAGE })
      const principal = await identified(c, sessions, c.req.valid('json'))
      requireManaging(principal)
      await (await sessions.find(headers))?.end()
      const { user, credential } = principal
      const { cookie, pageToken, endsAt } = await sessions.begin({ userId: user.id, credential }, headers)
      c.header('set-cookie', cookie)
      return c.json({ ...shown(principal), endsAt: formatInstant(endsAt), pageToken }, 201)
    },
  )
}

const FOREIGN_PAGE = "Only the dashboard's own page can sign in. Open it at this server's address."

async function identified(
  c: Context<Env>,
  sessions: Sessions,
  given: z.infer<typeof SignIn>,
): Promise<Principal> {
  const latchkey = c.get('latchkey')
  const clientIp = c.get('clientIp')
  const ip = clientIp ?? undefined
  try {
    if ('key' in given) return await latchkey.authenticate(new Secret(given.key.trim()), ip)
    const credential = await sessions.redeemLink(given.link)
    if (credential === null) throw new Fault('credential_invalid', { message: USED_LINK })
    return await latchkey.authority.resume(credential, ip)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'credential_invalid') throw error
    throw c.get('refuseCredential')(error)
  }
}

const USED_LINK = 'This link has been used or is too old. Sign in with a key.'

function requireManaging(principal: Principal): void {
  if (!mayManage(principal.access)) {
    const message = `This key's access is "${principal.access}", which manages nothing. Use one with the access "manage" or "full".`
    throw new Fault('access_forbidden', { message })
  }
  requireAbility(principal, 'LIST_APIKEY')
}

function getSession(sessions: Sessions): Operation {
  return operation(
    {
      method: 'get',
      path,
      hide: true,
      responses: {
        200: { description: 'Who it is.', content: { 'application/json': { schema: SIGNED_IN } } },
        ...failures,
      },
    },
    { callers: 'LIST_APIKEY', action: 'session.read', target: 'system' },
    async (c) => {
      const session = await sessions.find(c.req.raw.headers)
      // A caller with a key has no session.
      const endsAt = session === null ? null : formatInstant(session.endsAt)
      return c.json({ ...shown(c.get('call').principal), endsAt }, 200)
    },
  )
}

function signOut(sessions: Sessions): Operation {
  return operation(
    {
      method: 'delete',
      path,
      hide: true,
      responses: { 204: { description: 'Signed out.' }, ...failures },
    },
    // A person whose key has ended must be able to sign out, too, and also while strangers use up the rate of public calls.
    { callers: 'verified', action: 'session.end', target: 'system' },
    async (c) => {
      const { headers } = c.req.raw
      if (!fromOwnPage(headers)) throw new Fault('access_forbidden', { message: FOREIGN_PAGE })
      // Such a request has not waited for its turn, so turns would not bound how often the store is read for invented sessions.
      if (isMuchToCome(headers)) throw new RequestFault('body_too_large')
      await (await sessions.find(headers))?.end()
      c.header('set-cookie', sessions.forget(headers))
      return c.body(null, 204)
    },
  )
}

function shown({ user, keyId }: Principal) {
  const { id, username, displayName, role } = user
  return { user: { id, username, displayName, role }, keyId }
}
