import { MAX } from '../ground/bounds.ts'
import type { AuditRecord } from './audit-entry.ts'

type Members = AuditRecord['before']

/**
 * The part of the members before and after that an entry of the audit log keeps. A member that is large on either side is shown by its
 * differences: the items of a list, or the entries of a map, that are on one side only. A value that is still larger than {@link
 * MAX.auditMemberChars} is cut, and says how much is missing. So no change makes a row of more than some ten kilobytes.
 */
export function boundedMembers({ before, after }: Pick<AuditRecord, 'before' | 'after'>): {
  before: Members
  after: Members
} {
  return { before: bounded(before, after), after: bounded(after, before) }
}

function bounded(members: Members, other: Members): Members {
  if (members === null) return null
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, boundedValue(value, other?.[name])]),
  )
}

function boundedValue(value: unknown, other: unknown): unknown {
  if (fits(value) && fits(other)) return value
  return cut(differing(value, other))
}

function fits(value: unknown): boolean {
  return value === undefined || textOf(value).length <= MAX.auditMemberChars
}

function differing(value: unknown, other: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(other)) {
    const known = new Set(other.map((item) => textOf(item)))
    return value.filter((item) => !known.has(textOf(item)))
  }
  if (!isRecord(value) || !isRecord(other)) return value
  const entries = Object.entries(value).filter(([name, member]) => textOf(member) !== textOf(other[name]))
  return Object.fromEntries(entries.map(([name, member]) => [name, differing(member, other[name])]))
}

function cut(value: unknown): unknown {
  if (fits(value)) return value
  if (Array.isArray(value)) {
    const items = fitting(value, (item) => textOf(item).length)
    return [...items, missing(value.length - items.length)]
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(([name, member]) => [name, cut(member)] as const)
    const entries = fitting(members, (entry) => textOf(entry).length)
    return { ...Object.fromEntries(entries), ...lacking(members.length - entries.length) }
  }
  const text = String(value)
  return `${text.slice(0, MAX.auditMemberChars)}${missing(text.length - MAX.auditMemberChars)}`
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))
}

function lacking(count: number): Record<string, string> {
  return count === 0 ? {} : { '…': missing(count) }
}

function missing(count: number): string {
  return `… and ${count} more`
}

/** As many of the first items as fit together. */
function fitting<T>(items: readonly T[], charsOf: (item: T) => number): T[] {
  let chars = 0
  const end = items.findIndex((item) => {
    chars += charsOf(item) + 1
    return chars > MAX.auditMemberChars
  })
  return end === -1 ? [...items] : items.slice(0, end)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
