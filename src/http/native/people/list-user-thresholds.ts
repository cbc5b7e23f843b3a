import { listThresholds } from '../list-thresholds.ts'
import { userIdParam, userRef } from './user-wire.ts'

/** `GET /users/{id}/thresholds`. */
export const listUserThresholds = listThresholds({
  path: '/users/{id}/thresholds',
  operationId: 'listUserThresholds',
  of: 'a user',
  callers: 'DISPLAY_USER',
  action: 'user.thresholds',
  target: 'user',
  params: userIdParam,
  accountOf: ({ id }) => ({ kind: 'user', id: userRef(id) }),
})
