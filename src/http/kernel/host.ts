import { lookup } from 'node:dns/promises'

/** Requires that a host to listen on is an address or a known name. `setting` is the setting that names it, for the message. */
export async function requireHost(hostname: string, setting: string): Promise<void> {
  // The name is resolved before listening, because the runtime reports an unknown name as some other failure.
  try {
    await lookup(hostname)
  } catch (error) {
    throw new Error(`${hostname} is not a name or an address of this machine. Choose one with ${setting}.`, {
      cause: error,
    })
  }
}
