import { describe, expect, test } from 'bun:test'
import { firstGain } from './powers-gain.ts'
import type { Forgets } from './powers-rig.ts'

// The test of the powers must notice a server that forgets a rule.

const pointers = (answer: Parameters<Forgets>[0]['answer']): string[] =>
  (answer.json?.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)
const allUnder = (call: Parameters<Forgets>[0], under: string) => {
  const named = pointers(call.answer)
  return named.length > 0 && named.every((pointer) => pointer.startsWith(under))
}

/** Mistakes of a server: the refusals that each forgets, and the power that is gained. */
const MISTAKES: Record<string, { forgets: Forgets; gains: RegExp }> = {
  'permissions of a new key are not looked at': {
    forgets: (call) => call.path === '/v2/keys' && allUnder(call, '/permissions'),
    gains: /^(a|b|\*).*by make key/,
  },
  'limits of a new key are not looked at': {
    forgets: (call) => call.path === '/v2/keys' && allUnder(call, '/limits'),
    gains: /^limit.*by make key/,
  },
  'the expiry of a new key is not looked at': {
    forgets: (call) => call.path === '/v2/keys' && allUnder(call, '/expiresAt'),
    gains: /^expiry.*by make key/,
  },
  'a managing key is made for an owner of a wider policy': {
    forgets: (call) => call.path === '/v2/keys' && allUnder(call, '/access'),
    gains: /^acts by a policy.*by make key/,
  },
  'a key is made for an owner of a higher role': {
    forgets: (call) => call.path === '/v2/keys' && pointers(call.answer).length === 0,
    gains: /^acts as.*by make key/,
  },
  'a rotation is open to all': {
    forgets: ({ path }) => path.endsWith('/rotate'),
    gains: /^acts as.*by rotate/,
  },
  'who has seen the credential is forgotten': {
    forgets: ({ path, answer }) =>
      path.endsWith('/rotate') && /Another user has seen the secret/.test(answer.json?.detail),
    gains: /^\*.*by rotate/,
  },
  'anybody lets anybody into a workspace': {
    forgets: ({ path }) => path.endsWith('/members'),
    gains: /^a place in a workspace, by let in/,
  },
  "GoodMem's new keys are not looked at": {
    forgets: ({ path }) => path === '/v1/apikeys',
    gains: /^expiry.*by make GoodMem/,
  },
  'a change of a key through GoodMem is open to all': {
    forgets: ({ path }) => path.startsWith('/v1/apikeys/'),
    gains: /enabled, by change GoodMem/,
  },
  'a change of a key is open to all': {
    forgets: ({ method, path }) => method === 'PATCH' && path.startsWith('/v2/keys'),
    gains: /^(a|b|\*).*by change key/,
  },
  'a manager of a workspace gets managing keys': {
    forgets: ({ path, answer }) =>
      (path.endsWith('/rotate') || path === '/v2/keys') &&
      /manager of a workspace makes/.test(answer.json?.detail),
    gains: /^acts as another user/,
  },
  'a key is given to anybody': {
    forgets: ({ method, path, body }) =>
      method === 'PATCH' && path.startsWith('/v2/keys/') && body.ownerId !== undefined,
    gains: /by (give|rotate)/,
  },
  'who set a limit is forgotten': {
    forgets: (call) => call.path.startsWith('/v2/keys/') && allUnder(call, '/limits'),
    gains: /loosened, by (change key|boost)/,
  },
  'the policy of a new user is not looked at': {
    forgets: (call) => call.path === '/v2/users' && allUnder(call, '/policy'),
    gains: /^policy.*by make user/,
  },
  'the role of a changed user is not looked at': {
    forgets: (call) => call.path.startsWith('/v2/users/') && pointers(call.answer).length === 0,
    gains: /^user of role ROOT.*by change user/,
  },
  'an imported key is not looked at': {
    forgets: ({ path }) => path === '/v2/keys/import',
    gains: /by import key/,
  },
  'limits through OpenRouter are not looked at': {
    forgets: ({ path }) => path.startsWith('/api/v1/keys/'),
    gains: /loosened.*by change OpenRouter/,
  },
}

describe('the powers that a caller can gain', () => {
  test.each(Object.entries(MISTAKES))(
    'a server in which %s is noticed',
    async (_, mistake) => {
      const { gained, tally } = await firstGain(1_000, mistake)
      process.stdout.write(`  ${gained[0]}, after ${tally.histories} histories\n`)
      expect(gained).not.toEqual([])
    },
    120_000,
  )
})
