import { createHash } from 'node:crypto'
import { type Described, describedOperations } from './described-operations.ts'
import type { ApiDocument, Pass } from './generate.ts'
import type { Page } from './get-reference.ts'
import {
  boundsText,
  exampleOf,
  type JsonSchema,
  ownMembers,
  referredName,
  resolverOf,
  typeText,
  wholeOf,
} from './schema-text.ts'
import { REFERENCE_STYLE } from './style.ts'

/**
 * Renders the document as one page that works without scripts and loads nothing. Its policy allows its own style and nothing else. There is
 * a pass of the event loop after each chapter.
 */
export async function referencePage(
  document: ApiDocument,
  { basePath = '', pass }: { basePath?: string; pass: Pass },
): Promise<Page> {
  const operations = describedOperations(document)
  const schemas = (document.components?.schemas ?? {}) as Record<string, JsonSchema>
  const resolve = resolverOf(schemas)
  const tags = (document.tags ?? []).map(({ name, description = '' }) => ({ name, description }))
  const chapters: string[] = []
  for (const tag of tags) {
    chapters.push(surface(tag, operations, resolve))
    await pass()
  }
  const body = [
    `<header><h1>${escapeHtml(document.info.title)}</h1><p>${rich(document.info.description ?? '')}</p>`,
    `<p><small>Version ${escapeHtml(document.info.version)}, also as <a href="${escapeHtml(basePath)}/openapi.json">OpenAPI 3.1</a>. `,
    'A credential goes into <code>Authorization: Bearer</code> or <code>x-api-key</code>.</small></p></header>',
    `<nav aria-label="Operations">${tags.map(({ name }) => navigation(name, operations)).join('')}</nav><main>`,
    ...chapters,
    '<h2 id="schemas">Schemas</h2>',
    ...Object.entries(schemas).map(([name, schema]) => sharedSchema(name, schema, resolve)),
    '</main>',
  ].join('\n')
  return { html: page(document.info.title, body), contentSecurityPolicy: POLICY }
}

const STYLE_HASH = createHash('sha256').update(REFERENCE_STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)} reference</title><style>${REFERENCE_STYLE}</style></head>
<body>${body}</body></html>
`
}

function navigation(tag: string, operations: Described[]): string {
  const items = operations
    .filter((operation) => operation.tag === tag)
    .map(
      ({ operationId, method, path }) =>
        `<li><a href="#${escapeHtml(operationId)}">${heading(method, path)}</a></li>`,
    )
  return `<h4>${escapeHtml(tag)}</h4><ul>${items.join('')}</ul>`
}

function surface(
  { name, description }: { name: string; description: string },
  operations: Described[],
  resolve: (schema: JsonSchema) => JsonSchema,
): string {
  const own = operations.filter(({ tag }) => tag === name).map((operation) => section(operation, resolve))
  return `<h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2><p>${rich(description)}</p>${own.join('\n')}`
}

function section(operation: Described, resolve: (schema: JsonSchema) => JsonSchema): string {
  const { operationId, method, path, summary, description, needsCredential } = operation
  const { parameters, body, responses, samples } = operation
  const success = responses.find(({ status, schema }) => status.startsWith('2') && schema !== null)
  return [
    `<section><h3 id="${escapeHtml(operationId)}">${heading(method, path)}</h3>`,
    `<p>${rich(summary)}. ${rich(description)}</p>`,
    needsCredential ? '' : '<p><small>Needs no credential.</small></p>',
    parameters.length === 0 ? '' : parameterTable(parameters),
    body === null ? '' : bodyTable(body, resolve),
    body === null ? '' : example('Example of a body', body.schema, resolve),
    responseTable(responses),
    ...samples.map(({ label, source }) => `<h4>${escapeHtml(label)}</h4><pre>${escapeHtml(source)}</pre>`),
    success?.schema && success.type.endsWith('json')
      ? example('Example of an answer', success.schema, resolve)
      : '',
    '</section>',
  ].join('')
}

function bodyTable(
  { required, schema }: NonNullable<Described['body']>,
  resolve: (schema: JsonSchema) => JsonSchema,
): string {
  const name = referredName(schema) === null ? '' : `: ${typeCell(schema)}`
  const full = wholeOf(schema, resolve)
  const members = full.properties === undefined && name !== '' ? '' : schemaBlock(full)
  return `<h4>Body${required ? '' : ', which may be absent'}${name}</h4>${members}`
}

function parameterTable(parameters: Described['parameters']): string {
  const rows = parameters.map(({ name, in: place, required, schema }) => [
    `<code>${escapeHtml(name)}</code>${required ? '' : ' <small>optional</small>'}`,
    escapeHtml(place),
    typeCell(schema),
    rich(schema.description ?? ''),
  ])
  return `<h4>Parameters</h4>${table(['Name', 'In', 'Type', ''], rows)}`
}

function responseTable(responses: Described['responses']): string {
  const rows = responses.map(({ status, description, schema }) => [
    `<code>${escapeHtml(status)}</code>`,
    rich(description),
    schema === null ? '' : typeCell(schema),
  ])
  return `<h4>Answers</h4>${table(['Status', 'When', 'Body'], rows)}`
}

function sharedSchema(name: string, shared: JsonSchema, resolve: (schema: JsonSchema) => JsonSchema): string {
  const schema = wholeOf(shared, resolve)
  const description = schema.description === undefined ? '' : `<p>${rich(schema.description)}</p>`
  return `<section><h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3>${description}${schemaBlock(schema)}</section>`
}

/** A schema as a table of its members, or as its type when it has none. */
function schemaBlock(schema: JsonSchema): string {
  const { properties, required = [] } = schema
  if (properties === undefined) return `<p>${typeCell(schema)}</p>`
  const rows = Object.entries(properties).map(([name, member]) => [
    `<code>${escapeHtml(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}`,
    typeCell(member),
    rich(member.description ?? ''),
  ])
  return table(['Member', 'Type', ''], rows)
}

function typeCell(schema: JsonSchema): string {
  // No text of ours contains such braces, and escaping does not change them.
  const text = typeText(schema, (name) => `@{${name}}`)
  const type = escapeHtml(text).replaceAll(/@\{(\w+)\}/g, '<a href="#schema-$1">$1</a>')
  const bounds = boundsText(schema)
  return `${type}${bounds === '' ? '' : ` <small>${escapeHtml(bounds)}</small>`}${nested(schema)}`
}

function nested(schema: JsonSchema): string {
  const { properties, required = [] } = ownMembers(schema)
  if (properties === undefined) return ''
  const items = Object.entries(properties).map(
    ([name, member]) =>
      `<li><code>${escapeHtml(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'} ${typeCell(member)}${
        member.description === undefined ? '' : ` ${rich(member.description)}`
      }</li>`,
  )
  return `<ul>${items.join('')}</ul>`
}

function example(title: string, schema: JsonSchema, resolve: (schema: JsonSchema) => JsonSchema): string {
  return `<h4>${escapeHtml(title)}</h4><pre>${escapeHtml(JSON.stringify(exampleOf(schema, resolve), null, 2))}</pre>`
}

function table(head: string[], rows: string[][]): string {
  const titles = head.map((title) => `<th scope="col">${title}</th>`).join('')
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')
  return `<div class="table" tabindex="0"><table><thead><tr>${titles}</tr></thead><tbody>${lines}</tbody></table></div>`
}

function heading(method: string, path: string): string {
  return `<span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span> <code>${escapeHtml(path)}</code>`
}

/** Text with `code` in backticks. */
function rich(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
