import type { AuditEntry } from '@latchkey/client'

const VERBS: Record<string, string> = {
  create: 'created',
  update: 'changed',
  rotate: 'rotated',
  revoke: 'revoked',
  delete: 'deleted',
  boost: 'boosted',
  end_boost: 'ended a boost of',
  end_overlap: 'ended the overlap of',
  import: 'imported',
  read: 'read',
  list: 'listed',
}

/** An entry of the audit log as a sentence without a subject. */
export function sentenceOf({
  action,
  outcome,
  before,
  after,
}: Pick<AuditEntry, 'action' | 'outcome' | 'before' | 'after'>): string {
  const [kind = '', verb = ''] = action.split('.')
  const words = `${VERBS[verb] ?? verb.replaceAll('_', ' ')} ${kind}`
  if (outcome === 'denied') return `Denied: ${words}`
  const changed =
    before === null || after === null ? [] : Object.keys(after).filter((name) => name !== 'updatedById')
  const what = verb === 'update' && changed.length > 0 ? `: ${changed.join(', ')}` : ''
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${what}`
}
