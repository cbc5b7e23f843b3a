/**
 * The processor time that this thread has used since it began, in milliseconds. The difference between two calls is the work of what ran
 * between them; a wait, for the disk or for another process, is none.
 */
export function threadWorkMs(): number {
  // Linux adds a thread's time since its last pause or tick when the time of the whole process is asked for, and not otherwise.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
