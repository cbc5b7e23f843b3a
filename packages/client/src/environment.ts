/** A variable of the environment, where the runtime has one and lets us read it. Empty counts as not set. */
export function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as {
      process?: { env?: Record<string, string | undefined> | undefined } | undefined
    }
    return process?.env?.[name] || undefined
  } catch {
    // Deno asks for permission, and may be refused.
    return undefined
  }
}
