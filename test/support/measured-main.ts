// The server, with a watch on its event loop: on SIGUSR2 it prints the longest time for which nothing else could run. It measures the
// processor time of the thread, which other programs on the machine do not lengthen.

let worstMs = 0
let lastMs = spentMs()

function spentMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

function tick(): void {
  const now = spentMs()
  worstMs = Math.max(worstMs, now - lastMs)
  lastMs = now
}

setInterval(tick, 1)
process.on('SIGUSR2', () => {
  tick()
  process.stdout.write(`longest block ${worstMs.toFixed(2)} ms\n`)
  worstMs = 0
})

export {}

await import('../../src/main.ts')
