/** The version of this package, which is the server's. */
export const VERSION = '0.1.0'
