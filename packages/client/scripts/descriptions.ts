// What a member means where the server's document leaves it to its name: editors show nothing else. By the member's name, or by
// that of its parent and its own where the name alone would say too little.

const BY_NAME: Record<string, string> = {
  BUDGET_EXCEEDED: 'How often a limit was used up.',
  DISABLED: 'How often the key was switched off.',
  EXPIRED: 'How often the key had expired.',
  FORBIDDEN: 'How often the key might not be used there.',
  INSUFFICIENT_PERMISSIONS: 'How often a permission was missing.',
  NOT_FOUND: 'How often there was no such key.',
  NOT_YET_VALID: 'How often the key was not valid yet.',
  RATE_LIMITED: 'How often a rate was used up.',
  VALID: 'How often the key might be used.',
  counts: 'How often each verdict was given.',
  createdBefore: 'Those that were made before then.',
  expiresSoon: 'Keys that expire soon.',
  nearLimit: 'Keys that have used most of a limit.',
  neverExpires: 'Those that never expire.',
  refused: 'How often it was refused.',
  unlimited: 'Keys without a limit.',
  unused: 'Keys that have not been used.',
  access: 'What the key may be used for.',
  accepted: 'Events that were recorded.',
  action: 'What was done, such as `key.create`.',
  actorUserId: 'Of what this user did.',
  allowedIps: 'Addresses and CIDR blocks it may be used from; empty for all.',
  alreadyRevoked: 'Keys that had been revoked before.',
  amount: 'In USD.',
  boosts: 'What is added to limits for a time, by window.',
  bound: 'The limit or rate that has no room.',
  budget: 'Where the limits stand.',
  code: 'The word to act on.',
  cost: 'Units that this request takes of the rate limit.',
  created: 'Keys that were made.',
  createdById: 'Who made it.',
  daily: 'Of the UTC day, in USD.',
  data: 'The entries.',
  description: 'What it is for, in the words of people.',
  detail: 'What was wrong this time, for a person.',
  disabled: 'Whether it is switched off.',
  displayName: 'What people call it.',
  dryRun: 'Say what would be done, and do nothing.',
  effective: 'Where and since when it holds.',
  email: 'An address for mail.',
  endpoint_id: 'Names the endpoint that served it.',
  eventId: 'Names the event.',
  events: 'What was used.',
  existing: 'Keys that were there before.',
  expiresAt: 'From then on it is expired; null for never.',
  expiresBefore: 'Those that expire before then.',
  externalId: 'Names it in a system of your own.',
  externalUserId: 'For whom outside it is.',
  failed: 'Entries that were refused.',
  filter: 'Which keys.',
  from: 'Since then.',
  groupBy: 'By what the rows are split.',
  id: 'Names it.',
  includeByokInLimit: 'Whether usage that was paid elsewhere counts against the limits.',
  interval: 'How long each row is.',
  ip: 'The address that the request came from.',
  key: 'The key.',
  keyId: 'Names the key.',
  keyLifetime: 'How long a key may last.',
  keys: 'The keys.',
  kind: 'What kind of record it is.',
  labels: 'Words of your own, by their names.',
  limit: 'How many at most.',
  limits: 'The most to spend, by window, in USD.',
  mask: 'The beginning and the end of the secret, to recognise it by.',
  message: 'What is wrong there.',
  meta: 'What your own reports are split by.',
  model: 'Names the model.',
  model_permaslug: 'Names the version of the model.',
  monthly: 'Of the UTC month, in USD.',
  name: 'What it is called.',
  nodes: 'How many nodes know of it.',
  notBefore: 'Until then it is not valid yet; null for no such time.',
  outcome: 'How it ended.',
  ownerId: 'Whom it belongs to.',
  permissions: 'What it gives, such as `documents.*`.',
  pointer: 'Where, as a JSON pointer or the name of a parameter.',
  policy: 'The most that a key of this user may be given.',
  provider_name: 'Names who served it.',
  rateLimits: 'How many requests it may make, by period.',
  reason: 'Why, for the audit log.',
  receipt: 'The receipt of its revocation.',
  ref: 'Names the record: its id, or what else it is known by.',
  reportedBy: 'Whose key reported it; null where nobody knows.',
  requestId: 'Names the request.',
  requests: 'How many requests.',
  reservationId: 'Names the reservation.',
  resolvedBy: 'Whose key ended it; null where nobody did, or nobody knows.',
  results: 'What became of each, in order.',
  revoked: 'Keys that were revoked by it.',
  role: 'What the user may do.',
  scope: 'How far it holds.',
  search: 'Words in the name or the mask.',
  skipped: 'Entries that were left as they were.',
  slug: 'Names it in addresses.',
  state: 'Whether it is open, or how it ended.',
  status: 'What it is now.',
  target: 'The record that it was done to.',
  targetId: 'Of what was done to this record.',
  targetKind: 'Of what was done to records of this kind.',
  title: 'What the code means.',
  total: 'Of all time, in USD.',
  type: 'One URI for each code.',
  unusedSince: 'Those that were not used since then.',
  updatedById: 'Who changed it last.',
  usage: 'What was spent, by window, in USD.',
  userId: 'Names the user.',
  username: 'Names the user in addresses and on signing in.',
  valid: 'Whether the key may be used for this.',
  weekly: 'Of the UTC week from Monday, in USD.',
  window: 'The period that it counts in.',
  workspaceId: 'Names the workspace.',
}

const BY_PLACE: Record<string, string> = {
  'BudgetProblem.status': 'The HTTP status.',
  'KeyFilter.status': 'What they are now.',
  'audit.limit': 'How many entries of a page at most.',
  'results.status': 'What became of it.',
}

interface Schema {
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}

/** The schema with a description for each of its members; throws for one that neither the server nor this file describes. */
export function described<T>(schema: T, parent: string): T {
  const { properties, items, ...rest } = schema as Schema
  const members = Object.entries(properties ?? {}).map(([name, member]) => {
    const description = member.description ?? descriptionOf(name, parent)
    return [name, { ...described(member, name), description }]
  })
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(members) }),
    ...(items && { items: described(items, parent) }),
  } as T
}

/** What a member means by its name. */
export function descriptionOf(name: string, parent: string): string {
  const found = BY_PLACE[`${parent}.${name}`] ?? BY_NAME[name]
  if (found === undefined)
    throw new Error(`Nothing describes ${parent}.${name}: add it to ${import.meta.path}.`)
  return found
}
