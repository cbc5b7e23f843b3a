import { listThresholds } from '../list-thresholds.ts'
import { keyRef, keyRefParam } from './key-ref.ts'

/** `GET /keys/{id or hash}/thresholds`. */
export const listKeyThresholds = listThresholds({
  path: '/keys/{ref}/thresholds',
  operationId: 'listKeyThresholds',
  of: 'a key',
  callers: 'DISPLAY_APIKEY',
  action: 'key.thresholds',
  target: 'key',
  params: keyRefParam,
  accountOf: ({ ref }) => ({ kind: 'key', ref: keyRef(ref) }),
})
