import { ABOUT_WORDS } from './names.ts'
import type { Member, Model, Type, Words } from './reader.ts'

/** Where the .NET client has its models. */
export const DOTNET_MODELS_PATH = new URL(
  '../../sdks/dotnet/src/Latchkey.Client/Native/Models.cs',
  import.meta.url,
)

// Written by hand under another name.
const BY_HAND: Record<string, string> = { ScopedBudget: 'Budget' }

// Models with a hand-written reader check themselves.
const CHECKED_BY_HAND = new Set(['Verdict', 'InputError', 'Caller'])

// Types that are written by hand and also read or written as JSON.
const HAND = [
  'VerifyRequest',
  'Verdict',
  'ReserveRequest',
  'ExtendRequest',
  'SettleRequest',
  'Reservation',
  'Problem',
  'Incoming.RefusalProblem',
  'string[]',
]

/** The .NET client's models of the server's OpenAPI document. */
export function dotnetModels({ models, words }: { models: Model[]; words: Words[] }): string {
  return `// Written by npm run docs from the server's OpenAPI document; a test fails when it is stale.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

${words.map(wordsOf).join('\n')}
${models.map(classOf).join('\n')}
${contextOf(models)}`
}

function wordsOf({ name, words }: Words): string {
  const constants = words.map(
    (word) =>
      `    /// <summary>${ABOUT_WORDS[name]}: <c>${word}</c>.</summary>\n    public const string ${pascal(word)} = "${word}";\n`,
  )
  return `/// <summary>${ABOUT_WORDS[name]}. Newer servers may know more words.</summary>
public static class ${classOfWords(name)}
{
${constants.join('\n')}}
`
}

function classOfWords(name: string): string {
  if (name === 'Code') return 'VerdictCodes'
  if (name === 'OnExpiry') return 'OnExpiries'
  return /(?:s|ss|x|ch)$/.test(name)
    ? `${name}es`
    : name.endsWith('y')
      ? `${name.slice(0, -1)}ies`
      : name === 'Reach'
        ? 'Reaches'
        : `${name}s`
}

function classOf(model: Model): string {
  const stays =
    model.kind === 'change' ? ' What is not set stays; of a <see cref="Change{T}"/>, null clears.' : ''
  const members = model.members.map((member) => propertyOf(member, model))
  const response = model.isWhole ? [RESPONSE] : []
  const more =
    model.kind === 'answer' ? [...response, wholeOf(model)] : model.kind === 'query' ? [partsOf(model)] : []
  return `/// <summary>${shown(model.description)}${stays}</summary>
public sealed class ${model.name}${model.kind === 'answer' ? ` : IModel${model.isWhole ? ', IAnswered' : ''}` : ''}
{
${[...members, ...more].join('\n')}}
`
}

const RESPONSE = `    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }
`

function propertyOf(member: Member, model: Model): string {
  const word = wordIn(member.type)
  const see = word === undefined ? '' : ` See <see cref="${classOfWords(word)}"/>.`
  return `    /// <summary>${shown(member.description)}${see}</summary>
${attributesOf(member, model)}    public ${declarationOf(member, model)}
`
}

function attributesOf({ name, type, required, nullable }: Member, { kind }: Model): string {
  const lines: string[] = []
  // The camel case of a name sometimes differs from the name on the wire.
  if (camelOf(pascal(name)) !== name) lines.push(`[JsonPropertyName("${name}")]`)
  if (kind === 'answer' && required && !nullable) lines.push('[JsonRequired]')
  if (kind === 'change' && nullable)
    lines.push('[JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]')
  if (kind === 'answer' && !required && type.kind === 'flag')
    lines.push('[JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]')
  return lines.map((line) => `    ${line}\n`).join('')
}

function declarationOf({ name, type, required, nullable }: Member, { kind, name: model }: Model): string {
  // A member cannot have the name of its class.
  const called = pascal(name) === model ? `${pascal(name)}Value` : pascal(name)
  const is = csType(type, kind)
  if (kind === 'change' && nullable) return `Change<${is}> ${called} { get; init; }`
  if (kind === 'answer' && !required && type.kind === 'flag') return `bool ${called} { get; init; }`
  if (kind === 'query' && type.kind === 'flag') return `bool ${called} { get; init; }`
  if (!required || nullable) return `${is}? ${called} { get; init; }`
  if (kind !== 'answer') return `required ${is} ${called} { get; init; }`
  return `${is} ${called} { get; init; }${initialOf(type)}`
}

function initialOf(type: Type): string {
  switch (type.kind) {
    case 'text':
    case 'id':
    case 'word':
      return ' = "";'
    case 'list':
      return ' = [];'
    case 'map':
      return ` = new Dictionary<string, ${csType(type.of, 'answer')}${type.nullable ? '?' : ''}>();`
    case 'model':
      return ' = null!;'
    default:
      return ''
  }
}

function csType(type: Type, kind: Model['kind']): string {
  switch (type.kind) {
    case 'text':
    case 'id':
    case 'word':
      return 'string'
    case 'usd':
      return 'decimal'
    case 'time':
      return 'DateTimeOffset'
    case 'duration':
      return 'TimeSpan'
    case 'integer':
      return 'long'
    case 'flag':
      return 'bool'
    case 'any':
      return 'JsonElement'
    case 'list':
      return `IReadOnlyList<${csType(type.of, kind)}>`
    case 'map':
      return `IReadOnlyDictionary<string, ${csType(type.of, kind)}${type.nullable ? '?' : ''}>`
    default:
      return BY_HAND[type.name] ?? type.name
  }
}

// Checks that System.Text.Json does not make: null in place of texts, lists and models, and empty names.
function wholeOf({ members }: Model): string {
  const checks = members.flatMap((member) => {
    const field = pascal(member.name)
    const optional = !member.required || member.nullable
    const check = checkOf(field, member.type)
    if (optional && check === `${field} is not null`) return []
    return check === undefined ? [] : [optional ? `(${field} is null || ${check})` : check]
  })
  return `    bool IModel.IsWhole =>
        ${checks.length === 0 ? 'true' : checks.join('\n        && ')};
`
}

function checkOf(field: string, type: Type): string | undefined {
  switch (type.kind) {
    case 'id':
    case 'word':
      return `!string.IsNullOrEmpty(${field})`
    case 'text':
      return `${field} is not null`
    case 'model':
      return CHECKED_BY_HAND.has(type.name) ? `${field} is not null` : `${field} is IModel { IsWhole: true }`
    case 'list': {
      const inner = checkOf('one', type.of)
      return `${field} is not null${inner === undefined ? '' : ` && ${field}.All(one => ${inner})`}`
    }
    case 'map': {
      const inner = type.nullable ? undefined : checkOf('one', type.of)
      return `${field} is not null${inner === undefined ? '' : ` && ${field}.Values.All(one => ${inner})`}`
    }
    default:
      return undefined
  }
}

function partsOf({ members }: Model): string {
  const adds = members.map(
    ({ name, type }) =>
      `        query.Add("${name}", ${type.kind === 'flag' ? `${pascal(name)} ? "true" : null` : pascal(name)});\n`,
  )
  return `    internal string Query()
    {
        QueryText query = new();
${adds.join('')}        return query.ToString();
    }
`
}

function contextOf(models: Model[]): string {
  const own = models.filter(({ kind }) => kind !== 'query').map(({ name }) => name)
  const pages = ['Key', 'User', 'Workspace', 'Member', 'AuditEntry', 'Reservation'].map(
    (name) => `Page<${name}>`,
  )
  const changes = [
    ...new Set(
      models
        .filter(({ kind }) => kind === 'change')
        .flatMap(({ members }) =>
          members.filter(({ nullable }) => nullable).map(({ type }) => csType(type, 'change')),
        ),
    ),
  ]
  const types = [...HAND, ...own, ...pages, ...changes].map((name) => `[JsonSerializable(typeof(${name}))]\n`)
  const converters = [
    'UsdConverter',
    'InstantConverter',
    'DurationConverter',
    ...changes.map((name) => `ChangeConverter<${name.replaceAll('?', '')}>`),
  ]
  return `/// <summary>
/// How the types of the native API are read and written, generated when this package is built: programs that are trimmed or compiled
/// ahead of time cannot look types up while they run.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
${converters.map((name) => `        typeof(${name}),\n`).join('')}    ])]
${types.join('')}internal sealed partial class NativeContext : JsonSerializerContext;
`
}

function wordIn(type: Type): string | undefined {
  if (type.kind === 'word') return type.name
  return type.kind === 'list' ? wordIn(type.of) : undefined
}

function pascal(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .split(/[_-]/)
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1).toLowerCase()}`)
  return words.join('')
}

function camelOf(name: string): string {
  return `${name[0]?.toLowerCase()}${name.slice(1)}`
}

function shown(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll(/\s+/g, ' ').replaceAll(/`([^`]+)`/g, '<c>$1</c>')
}
