// Tests: src/store/conformance/key-texts.conformance.ts, test/wire/goodmem/list-stream.test.ts
import type { Cursor } from '../ground/page.ts'
import type { Key } from '../types.ts'
import type { KeyQuery } from './queries.ts'

/** What a form can show of a key: nothing that needs its limits or sums. */
export interface KeyFields
  extends Pick<
    Key,
    | 'id'
    | 'ownerId'
    | 'disabled'
    | 'labels'
    | 'expiresAt'
    | 'lastUsedAt'
    | 'createdAt'
    | 'createdById'
    | 'updatedById'
  > {
  /** The first characters of the current secret. */
  keyPrefix: string
  /** When it was changed last, or made. */
  changedAt: number
}

/** How one member is shown: the value of a field, or a word for each value of a flag. */
export type FormMember = keyof KeyFields | { flag: 'disabled'; yes: string; no: string }

/**
 * How a key is written as a JSON object: its members, in their order. It is data and not a function, so that it can be sent to the thread
 * that reads the keys.
 */
export type KeyForm = Readonly<Record<string, FormMember>>

/** A key as a form shows it. */
export type Shown<Form extends KeyForm> = {
  [Name in keyof Form]: Form[Name] extends keyof KeyFields
    ? KeyFields[Form[Name]]
    : Form[Name] extends { yes: infer Yes; no: infer No }
      ? Yes | No
      : never
}

/** The keys of a list that is written by a form, newest first. */
export type KeyTextQuery = Pick<KeyQuery, 'ownerId' | 'within' | 'memberId' | 'limit' | 'after' | 'at'>

/** A page of keys as text. */
export interface KeyTexts {
  /** The JSON objects of the keys in UTF-8, with commas between them. */
  json: Uint8Array<ArrayBuffer>
  /** How many they are. */
  count: number
  next: Cursor | null
  /** The processor time of the thread that read and wrote them, in milliseconds. What a database in another process did is not in it. */
  workMs: number
}

/** The fields of a key. */
export function fieldsOf(key: Key): KeyFields {
  return { ...key, keyPrefix: key.secrets[0].keyPrefix, changedAt: key.updatedAt ?? key.createdAt }
}

/** The object that a form makes of a key. */
export function shownIn<const Form extends KeyForm>(form: Form, fields: KeyFields): Shown<Form> {
  const shown: Record<string, unknown> = {}
  for (const [name, member] of Object.entries<FormMember>(form)) {
    if (typeof member === 'string') shown[name] = fields[member]
    else shown[name] = fields[member.flag] ? member.yes : member.no
  }
  return shown as Shown<Form>
}
