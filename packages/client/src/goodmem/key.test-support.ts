/** A key as the server sends it. */
export const KEY = {
  apiKeyId: '550e8400-e29b-41d4-a716-446655440000',
  userId: '7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab',
  keyPrefix: 'lk_abcde',
  status: 'ACTIVE',
  labels: { a: 'b' },
  expiresAt: null,
  lastUsedAt: null,
  createdAt: 1_795_348_800_000,
  updatedAt: 1_795_348_800_000,
  createdById: '7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab',
  updatedById: '7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab',
}
