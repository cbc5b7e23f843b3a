/** The answer of a fake: a status and a body. */
export interface FakeAnswer {
  /** The HTTP status. */
  status: number
  /** Sent as JSON. */
  body: object
}

/** A failure with a code of docs/errors.md, as the server answers it. */
export function problem(status: number, code: string, detail: string, more: object = {}): FakeAnswer {
  const type = `urn:latchkey:fault:${code}`
  return { status, body: { type, title: detail, status, detail, code, requestId: 'fake', ...more } }
}

/** The errors of the input. */
export function badInput(pointer: string, message: string): FakeAnswer {
  return problem(400, 'input_invalid', `${pointer}: ${message}`, { errors: [{ pointer, message }] })
}
