/**
 * The settings of Bun's memory with which the server runs, as variables of its environment. A value that the environment has already goes
 * before.
 *
 * The allocator (docs/adr/0085) gives memory back to the system a tenth of a second after it became free, also single pages between used ones.
 * A server under load takes the same pages again at once, and each costs a page fault: about two for a charge. With these settings it gives back
 * whole stretches only, after two seconds.
 *
 * The collector of garbage (docs/adr/0091) begins after every 24 MB of new objects. By default it waits for a part of all that memory holds, and
 * nobody is served while it visits what has piled up: the more keys memory holds, the longer it takes.
 */
export const MEMORY_SETTINGS = Object.freeze({
  MIMALLOC_PURGE_HOLES: '0',
  MIMALLOC_PURGE_DELAY: '2000',
  BUN_JSC_gcMaxHeapSize: '24000000',
})
