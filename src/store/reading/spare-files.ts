import { closeSync, openSync } from 'node:fs'

/** The files that a thread opens while it starts: its code, its database, and what its event loop waits for. With some to spare. */
const FILES_OF_A_THREAD = 24
/** The system's words for a process, or a machine, that has as many open files as it may have. */
const NO_MORE = new Set(['EMFILE', 'ENFILE'])

/**
 * Whether this process may open as many files as the start of a thread needs. Connections are files, too, so anybody who may connect
 * can use them all up; and Bun ends the whole process when a thread that starts cannot open a file.
 */
export function canStartThread(): boolean {
  const opened: number[] = []
  try {
    while (opened.length < FILES_OF_A_THREAD) opened.push(openSync(process.execPath, 'r'))
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && NO_MORE.has(String(error.code)))
  } finally {
    for (const file of opened) closeSync(file)
  }
}
