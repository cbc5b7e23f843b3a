import type {
  AuditQuery,
  Key,
  KeyQuery,
  User,
  UserWithBudget,
  Workspace,
  WorkspaceWithBudget,
} from '@latchkey/client'
import { keepPreviousData, QueryClient, useInfiniteQuery, useQueries, useQuery } from '@tanstack/preact-query'
import { api } from './client.ts'

/** How often the shown data is read again while the page is visible, in milliseconds. */
export const LIVE_MS = 5_000

/** The data that was read, for all pages. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2_000, retry: 1, refetchOnWindowFocus: true, throwOnError: false },
    mutations: { retry: false },
  },
})

/** Reads all shown data again, after a change. */
export async function refresh(): Promise<void> {
  await queries.invalidateQueries()
}

/** One page of keys, kept until the next one has arrived. */
export function useKeys(query: KeyQuery) {
  return useQuery({
    queryKey: ['keys', query],
    queryFn: ({ signal }) => api.keys.list(query, { signal }).page(),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
  })
}

/** One key, by its id or hash. */
export function useKey(ref: string) {
  return useQuery({
    queryKey: ['key', ref],
    queryFn: ({ signal }) => api.keys.get(ref, { signal }),
    refetchInterval: LIVE_MS,
  })
}

/** All users, page by page. Only a user who manages others may read them. */
export function useUsers(isAllowed = true) {
  return useInfiniteQuery({
    queryKey: ['users'],
    enabled: isAllowed,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => api.users.list({ limit: 100, cursor: pageParam }, { signal }).page(),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 4 * LIVE_MS,
  })
}

/** All workspaces that the caller sees, page by page. */
export function useWorkspaces() {
  return useInfiniteQuery({
    queryKey: ['workspaces'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api.workspaces.list({ limit: 100, cursor: pageParam }, { signal }).page(),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 4 * LIVE_MS,
  })
}

/** One user, with the state of its limits. */
export function useUser(id: string | undefined) {
  return useQuery<UserWithBudget>({
    queryKey: ['user', id],
    queryFn: ({ signal }) => api.users.get(id ?? '', { signal }),
    enabled: id !== undefined,
    refetchInterval: 4 * LIVE_MS,
  })
}

/** One workspace, with the state of its limits. */
export function useWorkspace(ref: string | undefined) {
  return useQuery<WorkspaceWithBudget>({
    queryKey: ['workspace', ref],
    queryFn: ({ signal }) => api.workspaces.get(ref ?? '', { signal }),
    enabled: ref !== undefined,
    refetchInterval: 4 * LIVE_MS,
  })
}

/** One page of the audit log. */
export function useAudit(query: AuditQuery) {
  return useQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal }) => api.audit.list(query, { signal }).page(),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
  })
}

/** The users with these ids, each read once; unreadable ones are left out. */
export function useUsersById(ids: readonly string[]): ReadonlyMap<string, User> {
  return useRecords('user', ids, (id, signal) => api.users.get(id, { signal }))
}

/** The users and workspaces of some keys, each read once; unreadable ones are left out. */
export function useNames(keys: readonly Pick<Key, 'ownerId' | 'workspaceId'>[]) {
  const owners = useUsersById(keys.map(({ ownerId }) => ownerId))
  const homes = keys.map(({ workspaceId }) => workspaceId)
  const workspaces = useRecords<Workspace>('workspace', homes, (id, signal) =>
    api.workspaces.get(id, { signal }),
  )
  return { owners, workspaces }
}

function useRecords<T extends { id: string }>(
  kind: string,
  ids: readonly string[],
  read: (id: string, signal: AbortSignal) => Promise<T>,
): ReadonlyMap<string, T> {
  const results = useQueries({
    queries: [...new Set(ids)].sort().map((id) => ({
      queryKey: [kind, id],
      queryFn: ({ signal }: { signal: AbortSignal }) => read(id, signal),
      staleTime: 60_000,
      retry: false,
    })),
  })
  return new Map(results.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data] as const])))
}
