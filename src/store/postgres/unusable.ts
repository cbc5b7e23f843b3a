import { postgresFailure } from './driver.ts'

/** The remedy for an operator, by the SQL state. */
const BY_STATE: Readonly<Record<string, string>> = {
  '3D000': 'Make the database, or name another one.',
  '28P01': 'Check the user and the password of the database URL.',
  '28000': "Check the user of the database URL, and the server's pg_hba.conf.",
  '42501': 'Grant the role what it lacks; docs/storage.md says what is needed.',
  '53300': 'Raise max_connections of the server, or end other clients.',
}

/** The classes of states in which the server refuses us, and not one of our statements. */
const REFUSAL = /^(08|0A|25|28|3D|3F|53|55|57|58)[0-9A-Z]{3}$|^42501$/
/** The codes of TLS. */
const CERTIFICATE = /^(CERT_|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/
const NO_TLS = /does not support SSL/i

/**
 * The reason why a database of PostgreSQL cannot be opened, and the remedy, in one line. Null for an error that comes neither from the server
 * nor from the network: that is a fault of this program, whose stack is needed.
 */
export function whyUnusable(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  const said = error.message.replace(/\.?$/, '.')
  if (NO_TLS.test(said))
    return `${said} Switch TLS on there (ssl = on); sslmode=disable is for a server on this machine alone.`
  if (CERTIFICATE.test(code))
    return `${said} Its certificate is not trusted, or is for another name: name its authority with &sslrootcert=/path/ca.pem, and the server as the certificate does.`
  if (!REFUSAL.test(code) && postgresFailure(error) === null) return null
  const advice = BY_STATE[code]
  return advice === undefined ? said : `${said} ${advice}`
}
