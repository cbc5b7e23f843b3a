// @ts-nocheck: its imports resolve only where the packed client is installed.

// Runs the table through the CommonJS modules of the packed client and prints how it went.

const modules = {
  native: require('@latchkey/client'),
  goodmem: require('@latchkey/client/goodmem'),
  openrouter: require('@latchkey/client/openrouter'),
  openrouterErrors: require('@latchkey/client/openrouter/models/errors'),
}

async function main() {
  const { runTable } = await import('./driver.js')
  console.log(JSON.stringify(await runTable(process.argv[2], modules)))
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
