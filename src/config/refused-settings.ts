/** Settings that are refused on purpose, with the reason a user reads. */
export const REFUSED_SETTINGS = [
  {
    env: 'LATCHKEY_REDIS_URL',
    flag: '--redis-url',
    reason:
      'is not used by this version: each node counts rate limits exactly for itself. Limits that nodes share come later.',
  },
] as const
