// Descriptions for members that have none in the server's OpenAPI document, because editors show these texts to the programmer. They
// are found by the member's name, or by the names of its parent and itself where its own name is not enough.

const BY_NAME: Record<string, string> = {
  BUDGET_EXCEEDED: 'Refusals because a limit had no room.',
  DISABLED: 'Refusals because the key or its owner was disabled.',
  EXPIRED: 'Refusals because the key had expired.',
  FORBIDDEN: 'Refusals because of the address or the access of the key.',
  INSUFFICIENT_PERMISSIONS: 'Refusals because a permission was missing.',
  NOT_FOUND: 'Verifies of unknown keys.',
  NOT_YET_VALID: 'Refusals because the key was not valid yet.',
  RATE_LIMITED: 'Refusals because a rate limit had no units left.',
  VALID: 'Verifies that passed.',
  counts: 'The number of verdicts by code.',
  createdBefore: 'Only records created before this time.',
  expiresSoon: 'Keys that expire soon.',
  nearLimit: 'Keys that have used most of a limit.',
  neverExpires: 'Only keys that never expire.',
  refused: 'The number of refusals.',
  unlimited: 'Keys without a limit.',
  unused: 'Keys that have not been used.',
  access: 'The uses that the key allows.',
  accepted: 'Events that were recorded.',
  action: 'The action, such as `key.create`.',
  actorUserId: 'Only acts of this user.',
  allowedIps: 'Addresses and CIDR blocks from which it may be used; empty for all.',
  alreadyRevoked: 'Keys that had been revoked before.',
  amount: 'The amount in USD.',
  boosts: 'Boosts that raise limits for a time, by window.',
  bound: 'The limit or rate limit without room.',
  budget: 'The present state of the limits.',
  code: 'The code for programs.',
  cost: 'The units that this request takes of the rate limit.',
  created: 'Keys that were created.',
  createdById: 'The user that created it.',
  daily: 'The amount of the UTC day, in USD.',
  data: 'The entries.',
  description: 'A description for people.',
  detail: 'The error of this request, for people.',
  disabled: 'Whether it is disabled.',
  displayName: 'The name for people.',
  dryRun: 'True to report the result without a change.',
  effective: 'The nodes on which the change is in force, and since when.',
  email: 'The e-mail address.',
  endpoint_id: 'The id of the endpoint that served the request.',
  eventId: 'The id of the event.',
  events: 'The usage events.',
  existing: 'Keys that existed before.',
  expiresAt: 'The time from which it is expired; null for never.',
  expiresBefore: 'Only records that expire before this time.',
  externalId: 'The id of the user in your own system.',
  externalUserId: 'The id of your customer for whom the key is.',
  failed: 'Entries that were refused.',
  filter: 'The keys to choose.',
  from: 'The start of the time.',
  groupBy: 'The property by which rows are grouped.',
  id: 'The id.',
  includeByokInLimit: 'Whether usage that was paid elsewhere counts against the limits.',
  interval: 'The length of each row.',
  ip: 'The client address of the request.',
  key: 'The key.',
  keyId: 'The id of the key.',
  keyLifetime: 'The longest lifetime of a key.',
  keys: 'The keys.',
  kind: 'The kind of the record.',
  labels: 'Your own labels, by name.',
  limit: 'The greatest number.',
  limits: 'The spending limits, by window, in USD.',
  mask: 'The first and last characters of the secret, to recognise it by.',
  message: 'The error at this place.',
  meta: 'Your own metadata, by which reports can be grouped.',
  model: 'The id of the model.',
  model_permaslug: 'The id of the version of the model.',
  monthly: 'The amount of the UTC month, in USD.',
  name: 'The name.',
  nodes: 'The number of nodes on which it is in force.',
  notBefore: 'The time from which it is valid; null for no such time.',
  outcome: 'The outcome.',
  ownerId: 'The id of the owner.',
  permissions: 'The granted permissions, such as `documents.*`.',
  pointer: 'The place, as a JSON pointer or the name of a parameter.',
  policy: 'The bounds of the keys of this user.',
  provider_name: 'The name of the provider.',
  rateLimits: 'The rate limits, by name.',
  reason: 'The reason, for the audit log.',
  receipt: 'The receipt of its revocation.',
  ref: 'The record: its id, or another unique name.',
  reportedBy: 'The key that reported it; null when unknown.',
  requestId: 'The id of the request.',
  requests: 'The number of requests.',
  reservationId: 'The id of the reservation.',
  resolvedBy: 'The key that ended it; null when no key did, or when unknown.',
  results: 'The result for each key, in order.',
  revoked: 'Keys that this call revoked.',
  role: 'The role of the user.',
  scope: 'The reach.',
  search: 'Words in the name or the mask.',
  skipped: 'Keys that were left unchanged.',
  slug: 'The name of the workspace in URLs.',
  state: 'Open, or the way it ended.',
  status: 'The present status.',
  target: 'The changed record.',
  targetId: 'Only acts on this record.',
  targetKind: 'Only acts on records of this kind.',
  title: 'The meaning of the code.',
  total: 'The amount of all time, in USD.',
  type: 'One URI for each code.',
  unusedSince: 'Only keys that were not used since this time.',
  updatedById: 'The user that changed it last.',
  usage: 'The spending, by window, in USD.',
  userId: 'The id of the user.',
  username: 'The unique name of the user.',
  valid: 'Whether the key may be used for this.',
  weekly: 'The amount of the UTC week from Monday, in USD.',
  window: 'The window in which it counts.',
  workspaceId: 'The id of the workspace.',
}

const BY_PLACE: Record<string, string> = {
  'BudgetProblem.status': 'The HTTP status.',
  'KeyFilter.status': 'The present status of the keys.',
  'audit.limit': 'The greatest number of entries in a page.',
  'results.status': 'The result for this key.',
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

/** The description of a member, by its name. */
export function descriptionOf(name: string, parent: string): string {
  const found = BY_PLACE[`${parent}.${name}`] ?? BY_NAME[name]
  if (found === undefined)
    throw new Error(`Nothing describes ${parent}.${name}: add it to ${import.meta.path}.`)
  return found
}
