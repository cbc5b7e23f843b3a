import { MAX } from '../../src/core/ground/bounds.ts'

/** As many units between two ends as the size allows. */
function filled(
  bytes: number,
  [open, close]: readonly [string, string],
  unit: (index: number) => string,
): string {
  const parts: string[] = []
  let room = bytes - open.length - close.length
  for (let index = 0; ; index += 1) {
    const part = (index === 0 ? '' : ',') + unit(index)
    room -= Buffer.byteLength(part)
    if (room < 0) return open + parts.join('') + close
    parts.push(part)
  }
}

const LIST = ['[', ']'] as const
const MAP = ['{', '}'] as const
const name = (index: number) => index.toString(36)

/** The costliest texts of a size that we know, for any operation. */
export function worstBodies(bytes: number): Record<string, string> {
  const text = (unit: string) => `"${unit.repeat(Math.floor((bytes - 2) / Buffer.byteLength(unit)))}"`
  const member = (of: string, unit: string) =>
    `{"${of}":"${unit.repeat(Math.floor((bytes - of.length - 8) / Buffer.byteLength(unit)))}"}`
  const inMeta = (content: (room: number) => string) => {
    const [open, close] = ['{"events":[{"meta":{', '}}]}']
    return open + content(bytes - open.length - close.length) + close
  }
  return {
    numbers: filled(bytes, LIST, () => '1'),
    'long numbers': filled(bytes, LIST, () => `0.${'1234567890'.repeat(30)}`),
    'one number': `[${'1'.repeat(bytes - 2)}]`,
    'empty objects': filled(bytes, LIST, () => '{}'),
    'empty events': filled(bytes, ['{"events":[', ']}'], () => '{}'),
    'empty keys': filled(bytes, ['{"keys":[', ']}'], () => '{}'),
    'ids of keys': filled(bytes, ['{"ids":[', ']}'], () => '"a"'),
    members: filled(bytes, MAP, (index) => `"${name(index)}":1`),
    'numbered members': filled(bytes, MAP, (index) => `"${(index * 7919) % 4294967291}":1`),
    'the same member': filled(bytes, MAP, () => '"name":1'),
    labels: filled(bytes, ['{"labels":{', '}}'], (index) => `"${name(index)}":""`),
    'meta of one event': filled(bytes, ['{"events":[{"meta":{', '}}]}'], (index) => `"${name(index)}":""`),
    permissions: filled(bytes, ['{"permissions":[', ']}'], (index) => `"${name(index)}.*"`),
    'objects of all shapes': filled(bytes, LIST, (index) => `{"${name(index)}":1}`),
    'deep lists': filled(bytes, LIST, () => '['.repeat(MAX.bodyDepth - 1) + ']'.repeat(MAX.bodyDepth - 1)),
    'too deep': '['.repeat(bytes),
    'a long text': text('x'),
    'a long text of two bytes': text('é'),
    'escaped letters': text('\\u0041'),
    'escaped pairs': text('\\ud83d\\ude00'),
    'escaped quotes': text('\\"'),
    space: `[${' '.repeat(bytes - 2)}]`,
    'a long expression': member('permissions', '(a or not '),
    'a long key': member('key', 'lk_'),
    'a long name': member('name', '\\u00e9'),
    'a long name of a member': `{"${'\\u0041'.repeat(Math.floor((bytes - 6) / 6))}":1}`,
    'a long name of meta': inMeta((room) => `"${'\\u0041'.repeat(Math.floor(room / 6) - 1)}":""`),
    'a long text of meta': inMeta((room) => `"a":"${'\\n'.repeat(Math.floor(room / 2) - 4)}"`),
    'a long list in meta': inMeta((room) => `"a":[${'1,'.repeat(Math.floor(room / 2) - 4)}1]`),
    'space in meta': inMeta((room) => ' '.repeat(room)),
    ...Object.fromEntries(
      ['search', 'externalUserId'].map((of) => [
        `combining marks in the filter ${of}`,
        `{"filter":{"${of}":"a${marks(bytes - 40)}"},"dryRun":true}`,
      ]),
    ),
    'combining marks in a name': `{"name":"a${marks(bytes - 20)}"}`,
    'a long amount': `{"charge":"${'9'.repeat(bytes - 14)}"}`,
    'a long e-mail address': member('email', 'a@a.'),
    'a long address': member('ip', ':1'),
    'a long time': member('expiresAt', '2030-01-01T'),
    'a long id': member('id', '0-'),
  }
}

/** Marks of one letter that have to be put in order, of two bytes each. */
export function marks(bytes: number): string {
  const half = Math.floor(bytes / 4)
  return '\u0315'.repeat(half) + '\u0344'.repeat(half)
}

/** The largest batch of usage events, each with metadata names of its own. */
export function largestBatches(keyIds: readonly string[]): Record<string, string> {
  const batch = (event: (index: number) => object) =>
    JSON.stringify({ events: Array.from({ length: MAX.usageEvents }, (_, index) => event(index)) })
  const meta = (of: (index: number) => [string, unknown]) =>
    Object.fromEntries(Array.from({ length: MAX.usageMetaEntries }, (_, index) => of(index)))
  const run = crypto.randomUUID().slice(0, 8)
  const honest = (index: number) => ({
    id: `${run}-${index}`,
    keyId: keyIds[index % keyIds.length],
    amount: '0.000000001',
  })
  return {
    'the largest batch': batch((index) => ({
      ...honest(index),
      meta: meta((at) => [`m${at}`, 'v'.repeat(24)]),
    })),
    'the largest batch of one key': batch((index) => ({
      ...honest(index),
      keyId: keyIds[0],
      id: `one-${run}-${index}`,
    })),
    'a batch of names of its own': batch((index) => ({
      ...honest(index),
      id: `own-${run}-${index}`,
      meta: meta((at) => [`${run}${index}.${at}`, 'v']),
    })),
    'a batch where all is wrong': batch((index) => ({
      odd: index,
      amount: -1,
      meta: meta((at) => [`${run}${index}-${at}`, 1]),
    })),
    'a batch where the last is wrong': batch((index) =>
      index === MAX.usageEvents - 1 ? {} : { ...honest(index), id: `last-${run}-${index}` },
    ),
    'a batch of unknown keys': batch((index) => ({ ...honest(index), keyId: crypto.randomUUID() })),
  }
}

/** A new key with as many values as a key may have. */
export function largestKey(): object {
  const many = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index))
  return {
    name: 'n'.repeat(MAX.nameChars),
    externalUserId: 'e'.repeat(MAX.externalUserIdChars),
    labels: Object.fromEntries(
      many(MAX.labels, (index) => [
        `l${index}.`.padEnd(MAX.labelNameChars, 'x'),
        'v'.repeat(MAX.labelValueChars),
      ]),
    ),
    permissions: many(MAX.permissionsPerKey, (index) => `p${index}.`.padEnd(MAX.permissionChars, 'x')),
    allowedIps: many(MAX.allowedIpsPerKey, (index) => `2001:db8:${index.toString(16)}::/48`),
    rateLimits: many(MAX.rateLimitsPerKey, (index) => ({ name: `r${index}`, limit: 5, window: '1m' })),
    limits: { daily: '1', weekly: '2', monthly: '3', total: '4' },
  }
}

/** The largest import of keys, and one in which everything is wrong. */
export function largestImports(): Record<string, string> {
  const batch = (count: number, key: (index: number) => object) =>
    JSON.stringify({ keys: Array.from({ length: count }, (_, index) => key(index)) })
  const run = crypto.randomUUID()
  const labels = { batch: 'largest' }
  return {
    'the largest import': batch(MAX.batchKeys, (index) => ({
      secret: `sk-${run}-${index}`,
      name: 'n'.repeat(200),
      labels: { ...labels, a: 'v'.repeat(200), b: 'v'.repeat(200) },
      permissions: Array.from({ length: 8 }, (_, at) => `p${at}.read`),
    })),
    'an import of keys as large as a key may be': batch(20, (index) => ({
      ...largestKey(),
      secret: `sk-${run}-large-${index}`,
    })),
    'an import where all is wrong': batch(MAX.batchKeys, (index) => ({
      odd: index,
      secret: 'x',
      sha256: 'y',
    })),
    'an import where the last is wrong': batch(MAX.batchKeys, (index) =>
      index === MAX.batchKeys - 1 ? {} : { secret: `sk-${run}-${index}`, labels },
    ),
  }
}
