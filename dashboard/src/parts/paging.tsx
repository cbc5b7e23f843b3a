/** Moves through a list page by page; the address holds the place as `cursor`. */
export function Paging(props: {
  label: string
  back: string
  forth: string
  cursor: string | null
  nextCursor: string | null
  /** Shows the page that begins at a cursor, or the first page for an empty one, with this state in the history. */
  go: (cursor: string, options: { state: unknown }) => void
}) {
  const { label, back, forth, cursor, nextCursor, go } = props
  if (cursor === null && nextCursor === null) return null
  return (
    <nav class="paging" aria-label={label}>
      <button
        type="button"
        class="button"
        disabled={cursor === null}
        // A visitor who came by a link to this page has no earlier page of the list in the history.
        onClick={() => (history.state?.isFromList ? history.back() : go('', FROM_LIST))}
      >
        {back}
      </button>
      <button
        type="button"
        class="button"
        disabled={nextCursor === null}
        onClick={() => go(nextCursor ?? '', FROM_LIST)}
      >
        {forth}
      </button>
    </nav>
  )
}

const FROM_LIST = { state: { isFromList: true } }

interface Growing {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage(): Promise<unknown>
}

/** Reads more of a list that grows downwards; absent when all of it is there. */
export function ShowMore({ of, what = '' }: { of: Growing; what?: string }) {
  if (!of.hasNextPage) return null
  return (
    <button
      type="button"
      class="button small"
      disabled={of.isFetchingNextPage}
      onClick={() => void of.fetchNextPage()}
    >
      Show more {what}
    </button>
  )
}
