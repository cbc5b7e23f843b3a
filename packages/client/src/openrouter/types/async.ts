/** The last request of a call and its response, whose body has been read. */
export type APICall =
  | { status: 'complete'; request: Request; response: Response }
  | { status: 'request-error'; request: Request; response?: undefined }
  | { status: 'invalid'; request?: undefined; response?: undefined }

// As of every promise, a handler may name the errors that it expects: with unknown, those that do would not compile.
// biome-ignore lint/suspicious/noExplicitAny: as TypeScript itself declares the reason of a promise.
type Rejected<T> = ((reason: any) => T | PromiseLike<T>) | null

/** The promise of a call, which also has its request and response. */
export class APIPromise<T> implements Promise<T> {
  /** Names the class where it is printed. */
  readonly [Symbol.toStringTag]: string = 'APIPromise'
  readonly #settled: Promise<[T, APICall]>

  constructor(outcome: [T, APICall] | Promise<[T, APICall]>) {
    this.#settled = Promise.resolve(outcome)
  }

  /** As of every promise. */
  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, and a call is awaited.
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: Rejected<B>,
  ): Promise<A | B> {
    return this.#value().then(onfulfilled, onrejected)
  }

  /** As of every promise. */
  catch<B = never>(onrejected?: Rejected<B>): Promise<T | B> {
    return this.#value().catch(onrejected)
  }

  /** As of every promise. */
  finally(onfinally?: (() => void) | null): Promise<T> {
    return this.#value().finally(onfinally)
  }

  /** The value together with the request and the response. */
  $inspect(): Promise<[T, APICall]> {
    return this.#settled
  }

  #value(): Promise<T> {
    return this.#settled.then(([value]) => value)
  }
}
