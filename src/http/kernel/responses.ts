import { problemResponse } from './problem.ts'

/** The failures that every address can answer, also one without a credential. */
export const ANY_FAILURE = {
  400: problemResponse('The request is not valid.'),
  408: problemResponse('The request did not arrive in time.'),
  413: problemResponse('The body is too large.'),
  429: problemResponse('Too many requests without a credential.'),
  500: problemResponse('A fault of the server.'),
} as const
