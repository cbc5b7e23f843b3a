import { availableParallelism } from 'node:os'

/** The core of a process: the measured server runs on one, the callers on another. */
export type Side = 'server' | 'client'

const canPin = Bun.which('taskset') !== null && availableParallelism() > 1

/** Whether both sides have a core of their own; otherwise the ratios are less reliable. */
export const isPinned = canPin

/** The command that runs a program on its side's core. */
export function pinned(side: Side, command: string[]): string[] {
  return canPin ? ['taskset', '-c', side === 'server' ? '0' : '1', ...command] : command
}
