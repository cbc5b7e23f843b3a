/** Whether a host is this machine itself, by its name alone; an empty one is a socket of the machine. */
export function isLocalHost(host: string): boolean {
  return host === '' || host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host)
}
