import { z } from '@hono/zod-openapi'
import { Failure } from '../../../core/ground/faults.ts'
import type { News } from '../../../core/verify/change-feed.ts'
import { formatInstant } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { problems, SECURITY } from '../wire.ts'

const revision = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, 'Must be a revision: a whole number.')
  .transform(Number)
  .refine(Number.isSafeInteger, 'Must be a revision: a whole number.')

const query = z.strictObject({
  since: revision.optional().openapi({
    type: 'integer',
    description:
      'The last revision that the client knows; the stream begins after it. Without it, only new changes are sent.',
  }),
})

/** The header that an `EventSource` sends when it reconnects. It overrides `since`, which stays in its URL. */
const headers = z.object({
  'last-event-id': revision.optional().openapi({
    type: 'integer',
    description: 'The `id` of the last event; counts before `since`.',
  }),
})

/**
 * `GET /changes` (docs/api.md#follow-changes): server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), for
 * verifiers that keep facts of their own.
 */
export const followChanges = operation(
  {
    method: 'get',
    path: '/changes',
    operationId: 'followChanges',
    summary: 'Follow the changes of keys, users and workspaces',
    description:
      'Server-sent events: `change` for each change, on whichever node it was made, in the order of revisions and without gaps; `tick` at least every 250 ms while the server can reach its database; `snapshot` where what lies between is not known, after which nothing that was remembered counts; `end` with the reason before the server closes. Each has its revision as `id`, so that a connection that breaks is taken up again.',
    tags: ['audit'],
    security: SECURITY,
    request: { query, headers },
    responses: {
      200: {
        description: 'Events, for up to an hour.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...problems(),
    },
  },
  { callers: 'FOLLOW_CHANGES', action: 'changes.follow', target: 'system', dataPlane: true },
  async (c) => {
    const since = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').since ?? null
    const following = await c.get('latchkey').changeFeed.follow(c.get('call'), since)
    if (c.req.method === 'HEAD') following.release()
    const body = c.req.method === 'HEAD' ? null : eventStream(following, c.req.raw.signal)
    return new Response(body, { headers: HEADERS })
  },
)

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Nginx would buffer events until they fill a page.
  'x-accel-buffering': 'no',
}

/** Sends events as fast as the client reads them. A slow client gets more of them at once; the server buffers none for it. */
function eventStream(
  { news, release }: { news: AsyncGenerator<News, void, void>; release(): void },
  gone: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isOver = false
  gone.addEventListener('abort', leave)
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await news.next()
          if (done === true) end(controller, 'reconnect')
          else if (!isOver) controller.enqueue(encoder.encode(textOf(value)))
        } catch (error) {
          end(controller, error instanceof Failure ? error.code : 'internal')
        }
      },
      async cancel() {
        leave()
        await news.return()
      },
    },
    { highWaterMark: 0 },
  )

  function leave(): void {
    isOver = true
    release()
  }

  function end(controller: ReadableStreamDefaultController<Uint8Array>, code: string): void {
    if (isOver) return
    leave()
    controller.enqueue(encoder.encode(event('end', { code })))
    controller.close()
  }
}

function textOf(news: News): string {
  const { revision: id } = news
  if (news.told === 'snapshot') return event('snapshot', { revision: id }, id)
  const changes = news.changes.map((change) => event('change', renderChange(change), change.revision))
  return `${changes.join('')}${event('tick', { revision: id }, id)}`
}

type Change = Extract<News, { told: 'changes' }>['changes'][number]

function renderChange({ revision, kind, id, action, at }: Change) {
  return { revision, kind, id, action, at: formatInstant(at) }
}

function event(name: string, data: object, id?: number): string {
  const named = id === undefined ? '' : `id: ${id}\n`
  return `event: ${name}\n${named}data: ${JSON.stringify(data)}\n\n`
}
