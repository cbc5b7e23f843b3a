/** The API's name of each option, in the spelling of an option: a user who knows the API may write it. */
const API_NAMES: Readonly<Record<string, readonly string[]>> = {
  '--end-user': ['--external-user-id'],
  '--owner': ['--owner-id'],
  '--workspace': ['--workspace-id'],
  '--user': ['--user-id'],
  '--key': ['--key-id'],
  '--target': ['--target-id'],
  '--rate': ['--rate-limit'],
  '--ip': ['--allowed-ip'],
  '--expires': ['--expires-at'],
  '--unused-for': ['--unused-since'],
}

/** Further names under which options with a value are accepted: their plural, and the names of the API. None is that of another option. */
export function synonymsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set(names)
  const synonyms = new Map<string, string>()
  for (const name of names) {
    const singular = [name, ...(API_NAMES[name] ?? [])]
    for (const other of [...singular, ...singular.map((each) => `${each}s`)])
      if (!known.has(other)) synonyms.set(other, name)
  }
  return synonyms
}
