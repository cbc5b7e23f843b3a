import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { SignedIn } from '../api/client.ts'

/** Who is signed in, for every page. */
export const SignedInContext = createContext<SignedIn | null>(null)

/** Who is signed in. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext)
  if (signedIn === null) throw new Error('Nobody is signed in.')
  return signedIn
}
