import type { Globals, KeyData } from '../models/operations.ts'
import {
  dateIn,
  flag,
  incoming,
  type Members,
  nullable,
  number,
  optional,
  type Schema,
  text,
} from './schema.ts'

type Spending = Omit<
  KeyData,
  'createdAt' | 'disabled' | 'externalUser' | 'hash' | 'lastUsedAt' | 'name' | 'updatedAt' | 'workspaceId'
>

/** The members that both forms of a key have. */
export const SPENDING: Members<Spending> = {
  byokUsage: number,
  byokUsageDaily: number,
  byokUsageMonthly: number,
  byokUsageWeekly: number,
  creatorUserId: /* @__PURE__ */ nullable(text),
  expiresAt: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(dateIn)),
  includeByokInLimit: flag,
  label: text,
  limit: /* @__PURE__ */ nullable(number),
  limitRemaining: /* @__PURE__ */ nullable(number),
  limitReset: /* @__PURE__ */ nullable(text),
  usage: number,
  usageDaily: number,
  usageMonthly: number,
  usageWeekly: number,
}

/** A key as its managers see it. */
export const KEY_DATA: Schema<KeyData> = /* @__PURE__ */ incoming<KeyData>({
  ...SPENDING,
  createdAt: text,
  disabled: flag,
  externalUser: /* @__PURE__ */ nullable(text),
  hash: text,
  lastUsedAt: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(dateIn)),
  name: text,
  updatedAt: /* @__PURE__ */ nullable(text),
  workspaceId: text,
})

/** The members that every request may have. */
export const GLOBALS: { [Name in keyof Globals]-?: Schema<unknown> } = {
  httpReferer: /* @__PURE__ */ optional(text),
  appTitle: /* @__PURE__ */ optional(text),
  appCategories: /* @__PURE__ */ optional(text),
}
