import { lookup } from 'node:dns/promises'

/** Insists that a host to listen on is an address, or a name that leads to one. `setting` says where it was chosen. */
export async function requireHost(hostname: string, setting: string): Promise<void> {
  // Asked for before listening, because the runtime reports an unknown name as whatever failed last.
  try {
    await lookup(hostname)
  } catch (error) {
    throw new Error(`${hostname} is not a name or an address of this machine. Choose one with ${setting}.`, {
      cause: error,
    })
  }
}
