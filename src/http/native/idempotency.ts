import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { IdempotencyClaim, RememberedAnswer } from '../../core/keys/remembered.ts'
import type { Env } from '../kernel/env.ts'

/** The request header that makes a creating call safe to repeat (docs/api.md#rules-for-all-calls). */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'Must be printable ASCII.')
    .max(MAX.idempotencyKeyChars)
    .optional()
    .openapi({
      description:
        'An idempotency key: a request with the same key and body gets the answer of the first one, without its secret. Kept for a day.',
      example: '5f9d7c1e-create-billing-key',
    }),
})

/** Marks an answer that is sent again. */
export const REPLAYED_HEADER = 'idempotent-replayed'

/** How the store keeps the answer of a call: the answer and the change are written in one transaction. */
export interface Memory<Answer> {
  /** Makes the argument for the core, from the function that renders the written record. */
  keep<Written>(render: (written: Written) => Answer): {
    claim: IdempotencyClaim
    answer: (written: Written) => RememberedAnswer
  }
}

/**
 * Makes a creating call at most once per Idempotency-Key. Without that header the call simply runs, and nothing is kept. Throws
 * `idempotency_conflict` and `idempotency_running`; a failed call frees the key.
 */
export async function once<Answer>(
  c: Context<Env>,
  status: number,
  work: (memory: Memory<Answer> | undefined) => Promise<Answer>,
  judgeReplay: (answer: Answer) => Promise<void> = async () => {},
): Promise<{ answer: Answer; replay: Record<string, string> }> {
  const idempotencyKey = c.req.header('idempotency-key')
  if (idempotencyKey === undefined) return { answer: await work(undefined), replay: {} }
  const { idempotency } = c.get('latchkey')
  const fingerprint = await fingerprintOf(c)
  const { principal, wait } = c.get('call')
  const { user, keyId: credential } = principal
  const by = { userId: user.id, keyId: credential }
  const request = { credential, userId: user.id, idempotencyKey, fingerprint, ...(wait && { wait }) }
  const begun = await idempotency.begin(request)
  if ('answer' in begun) {
    const answer = JSON.parse(begun.answer.body) as Answer
    await judgeReplay(answer)
    return { answer, replay: { [REPLAYED_HEADER]: 'true' } }
  }
  const { claim } = begun
  const keep: Memory<Answer>['keep'] = (render) => ({
    claim,
    answer: (written) => ({ status, body: JSON.stringify(render(written)) }),
  })
  try {
    return { answer: await work({ keep }), replay: {} }
  } catch (error) {
    // The failure of the call tells more than a failure to free the key, and the claim expires by itself.
    await idempotency.abandon(claim, by).catch(() => undefined)
    throw error
  }
}

async function fingerprintOf(c: Context<Env>): Promise<string> {
  const request = `${c.req.method}\n${c.req.path}\n${c.get('body')?.text ?? ''}`
  return createHash('sha256').update(request).digest('hex')
}
