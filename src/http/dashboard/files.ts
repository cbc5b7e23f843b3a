import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Env } from '../kernel/env.ts'
import { type Operation, operation } from '../kernel/operation.ts'
import { RequestFault } from '../kernel/request-faults.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** A file of the dashboard as it was built, compressed. */
export interface BuiltFile {
  /** The path has a digest of the content in it, so the content of a path never changes. */
  name: string
  type: string
  /** Compressed with gzip, as base64. */
  gzip: string
}

/** The result of `npm run dashboard`. */
export interface Built {
  page: BuiltFile
  files: readonly BuiltFile[]
}

/** The addresses that answer with the page. The page itself decides which part of it to show. */
export const PAGES = [
  '/',
  '/sign-in',
  '/keys',
  '/keys/new',
  '/keys/{ref}',
  '/users',
  '/users/{id}',
  '/workspaces',
  '/workspaces/{id}',
  '/audit',
  '/settings',
] as const

/** The page for browsers that find the server below a path: it names its files by that path. The script finds the path out by itself. */
export function builtBelow(built: Built, basePath: string): Built {
  if (basePath === '') return built
  const text = gunzipSync(Buffer.from(built.page.gzip, 'base64')).toString()
  const page = text.replaceAll(/(href|src)="\//g, `$1="${basePath}/`)
  return { ...built, page: { ...built.page, gzip: gzipSync(page).toString('base64') } }
}

// Nothing is loaded from another origin, nothing inline runs, no other page may frame this one, and no text becomes a script.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The operations that send the page and its files to a browser. */
export function fileOperations({ page, files }: Built): Operation[] {
  const sendPage = sender(page)
  const senders = new Map(files.map((file) => [file.name, sender(file)]))
  const pages = PAGES.map((path) =>
    operation(
      {
        method: 'get',
        path,
        ...(path === '/' ? HOME : { hide: true }),
        responses: { 200: { description: 'The page.', content: HTML }, 304: UNCHANGED, ...ANY_FAILURE },
      },
      { callers: 'public', action: 'dashboard.open', target: 'system' },
      (c) =>
        sendPage(c, {
          'cache-control': 'no-cache',
          'content-security-policy': POLICY,
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
          'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
          'referrer-policy': 'no-referrer',
          'x-robots-tag': 'noindex',
        }),
    ),
  )
  const parts = operation(
    {
      method: 'get',
      path: '/dashboard/{file}',
      hide: true,
      request: { params: z.object({ file: z.string() }) },
      responses: { 200: { description: 'The file.' }, 304: UNCHANGED, ...ANY_FAILURE },
    },
    { callers: 'public', action: 'dashboard.open', target: 'system' },
    (c) => {
      const send = senders.get(c.req.valid('param').file)
      if (send === undefined) throw new RequestFault('route_not_found')
      return send(c, { 'cache-control': 'public, max-age=31536000, immutable' })
    },
  )
  return [...pages, parts]
}

const HTML = { 'text/html': { schema: z.string() } }
const UNCHANGED = { description: 'The browser has it.' }

const HOME = { operationId: 'getHome', summary: 'The dashboard', tags: ['operations'], security: [] }

type Send = (c: Context<Env>, headers: Record<string, string>) => Response

/** Sends a file in its compressed form to clients that accept it, and not at all to a client that has this version. */
function sender({ type, gzip }: BuiltFile): Send {
  const packed = Buffer.from(gzip, 'base64')
  const etag = `"${createHash('sha256').update(packed).digest('hex').slice(0, 32)}"`
  let unpacked: Buffer<ArrayBuffer> | null = null
  return (c, more) => {
    const headers = { ...more, etag, vary: 'accept-encoding' }
    if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
    const sent = { ...headers, 'content-type': type }
    if (TAKES_GZIP.test(c.req.header('accept-encoding') ?? ''))
      return new Response(packed, { headers: { ...sent, 'content-encoding': 'gzip' } })
    // The file is decompressed once: doing it for each request would be a cheap way for strangers to keep the server busy.
    unpacked ??= gunzipSync(packed)
    return new Response(unpacked, { headers: sent })
  }
}

const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/
