import { availableParallelism } from 'node:os'

/** Where a process of a run belongs: what is measured on one core, who measures on another. */
export type Side = 'server' | 'client'

const canPin = Bun.which('taskset') !== null && availableParallelism() > 1

/** Whether both sides have a core of their own; the ratios are worth less where they do not. */
export const isPinned = canPin

/** The command that runs a program on its side's core. */
export function pinned(side: Side, command: string[]): string[] {
  return canPin ? ['taskset', '-c', side === 'server' ? '0' : '1', ...command] : command
}
