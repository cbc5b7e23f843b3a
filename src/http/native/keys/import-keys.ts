import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { ImportedKey, ImportOutcome } from '../../../core/keys/import.ts'
import { manyRecords } from '../../kernel/body.ts'
import { answerList } from '../../kernel/json-list.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, problems, SECURITY, uuidOut } from '../wire.ts'
import { failureMembers, renderFailure } from './batch-wire.ts'
import { importedMask, importedText } from './imported-secret.ts'
import { digest } from './key-ref.ts'
import { newKeyMembers, newKeyOf } from './new-key-wire.ts'

const ImportKey = z
  .strictObject({
    sha256: digest.nullish().openapi({
      description: 'Hex SHA-256 of the whole text of the key.',
      example: '419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524',
    }),
    secret: importedText.nullish().openapi({
      description: `Instead of sha256: the text of the key, which is kept nowhere. ${MAX.importedSecretCharsMin} to ${MAX.credentialChars} printable ASCII characters.`,
    }),
    mask: importedMask.nullish().openapi({
      description: 'With sha256: the text by which lists show the key.',
      example: 'sk-...x1Yz',
    }),
    ...newKeyMembers,
  })
  .transform(({ sha256, secret, mask, ...members }, context): ImportedKey => {
    const wrong = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message })
    const key = newKeyOf(members)
    if (sha256 && !secret) return { secret: { digest: sha256, ...(mask && { mask }) }, key }
    if (secret && !sha256 && !mask) return { secret: { text: secret }, key }
    if (mask && secret) wrong('mask', 'Only beside sha256: of a text the mask is known.')
    else wrong('sha256', 'Give exactly one of sha256 and secret.')
    return z.NEVER
  })
  .openapi('ImportKey')

const ImportKeys = z
  .strictObject({
    keys: z.array(ImportKey).min(1).max(MAX.batchKeys),
    dryRun: z
      .boolean()
      .nullish()
      .openapi({ description: 'Only tells the result for each key and changes nothing.' }),
  })
  .openapi('ImportKeys')

const Imported = z
  .object({
    results: z
      .array(
        z.object({
          sha256: z.string().openapi({ description: 'The SHA-256 of its secret.' }),
          status: z.enum(['created', 'exists', 'failed']).openapi({
            description: '`exists`: a live key has this secret already, and is not changed.',
          }),
          id: uuidOut.nullable().openapi({
            description: 'Null when it failed, and in a dry run for a key that would be created.',
          }),
          ...failureMembers,
        }),
      )
      .openapi({ description: 'One per key, in the order of the request.' }),
    dryRun: z.boolean(),
    created: z.int(),
    existing: z.int(),
    failed: z.int(),
  })
  .openapi('KeysImported')

/** `POST /keys/import` (docs/api.md#import-keys). */
export const importKeys = changing(
  {
    method: 'post',
    path: '/keys/import',
    operationId: 'importKeys',
    summary: 'Import keys',
    description:
      'Imports keys of other systems; their secrets go on working. Each key passes the checks of a new key and is written separately: a failure is the result of that key alone. A malformed call is refused as a whole. A secret that a live key has already stays with that key, so a call may be sent again.',
    tags: ['keys'],
    security: SECURITY,
    request: { body: jsonBody(ImportKeys) },
    responses: { 200: json(Imported, 'One result for each key.'), ...problems(415) },
  },
  { callers: 'IMPORT_APIKEY', action: 'key.import', target: 'key', body: manyRecords('keys', MAX.batchKeys) },
  async (c) => {
    const { keys, dryRun } = c.req.valid('json')
    const isDry = dryRun ?? false
    const outcomes = await c.get('latchkey').importKeys(c.get('call'), keys, { dryRun: isDry })
    const count = (wanted: ImportOutcome['status']) =>
      outcomes.filter(({ status }) => status === wanted).length
    const counts = { created: count('created'), existing: count('exists'), failed: count('failed') }
    return answerList(c, {
      member: 'results',
      rows: outcomes.map((outcome, index) => ({ outcome, index })),
      render: renderOutcome,
      rest: { dryRun: isDry, ...counts },
    })
  },
)

function renderOutcome({ outcome, index }: { outcome: ImportOutcome; index: number }) {
  const { digest: sha256, status } = outcome
  if (outcome.status !== 'failed') return { sha256, status, id: outcome.id }
  return { sha256, status, id: null, ...renderFailure(outcome.fault, `/keys/${index}`) }
}
