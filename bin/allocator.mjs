/**
 * The settings of Bun's memory allocator with which the server runs, as variables of its environment (docs/adr/0085). A value that the
 * environment has already goes before.
 *
 * The allocator gives memory back to the system a tenth of a second after it became free, also single pages between used ones. A server under load
 * takes the same pages again at once, and each costs a page fault: about two for a charge. With these settings it gives back whole stretches only,
 * after two seconds.
 */
export const ALLOCATOR = Object.freeze({ MIMALLOC_PURGE_HOLES: '0', MIMALLOC_PURGE_DELAY: '2000' })
