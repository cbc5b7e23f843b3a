const PATHS = {
  overview: 'M3 12h4l3 8 4-16 3 8h4',
  keys: 'M15 7a4 4 0 1 1-3.9 4.900L4 19v2h3v-2h2v-2h2l1.500-1.500',
  users:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7 10c0-4 3-6 7-6s7 2 7 6m1-17.500a4 4 0 0 1 0 7.500m2 4.500c2 .8 3 2.500 3 5.500',
  workspaces: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3',
  settings: 'M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M16 4v4M8 10v4M14 16v4',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  tick: 'm5 13 4 4L19 7',
  warning: 'M12 3 2 20h20zM12 10v4M12 17h.01',
  menu: 'M4 7h16M4 12h16M4 17h16',
  plus: 'M12 5v14M5 12h14',
  out: 'M14 4H5v16h9M10 12h11m-4-4 4 4-4 4',
  book: 'M5 4h6c1 0 1 1 1 1s0-1 1-1h6v15h-6c-1 0-1 1-1 1s0-1-1-1H5zM12 5v15',
} as const

/** A decorative picture; the words beside it have the meaning. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
