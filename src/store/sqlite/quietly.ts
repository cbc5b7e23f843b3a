/**
 * Frees space on the disk if the system lets it. A file system that never writes in place may refuse even that when it has no room, and
 * then whatever needed the space fails by itself, in a way that is handled.
 */
export function quietly(free: () => void): void {
  try {
    free()
  } catch {}
}
