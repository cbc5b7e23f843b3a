// The server, with a watch on its event loop: on SIGUSR2 it prints the longest time for which nothing else could run.

let worstMs = 0
let lastAt = performance.now()

function tick(): void {
  const now = performance.now()
  worstMs = Math.max(worstMs, now - lastAt)
  lastAt = now
}

setInterval(tick, 1)
process.on('SIGUSR2', () => {
  tick()
  process.stdout.write(`longest block ${worstMs.toFixed(2)} ms\n`)
  worstMs = 0
})

export {}

await import('../../src/main.ts')
