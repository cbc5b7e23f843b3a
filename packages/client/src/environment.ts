/** A variable of the environment, if the runtime has an environment and permits reading it. An empty one counts as not set. */
export function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as {
      process?: { env?: Record<string, string | undefined> | undefined } | undefined
    }
    return process?.env?.[name] || undefined
  } catch {
    // Deno may deny the permission.
    return undefined
  }
}
