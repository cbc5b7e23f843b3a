import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { SignedIn } from '../api/client.ts'

/** The signed-in user, for every page. */
export const SignedInContext = createContext<SignedIn | null>(null)

/** The signed-in user. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext)
  if (signedIn === null) throw new Error('Nobody is signed in.')
  return signedIn
}
