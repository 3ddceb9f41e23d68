// How things go wrong across the contract: a closed set of codes, and one sentence that a user can act on.

export const failureCodes = [
  'bad-request', // the caller's words are off
  'not-found', // a file, folder, project, image or run that is not there
  'empty', // nothing to work on: no images, no labels, one class only
  'bad-labels', // a CSV or pattern that cannot be understood
  'bad-backbone', // a model file that is none, or has the wrong shape
  'busy', // another process has the project, or a task is running
  'read-only', // the place cannot be written
  'disk-full',
  'damaged', // labels.db is not intact
  'moved', // labels.db was moved or deleted while it was open
  'newer-version', // written by a newer Toploss
  'no-network',
  'no-python', // or one without pip
  'cancelled',
  'trainer', // the training process died
  'no-engine', // what should compute is not there
  'out-of-memory', // of the engine, or of the whole process
  'device-lost', // a GPU that is gone or hangs
  'forbidden',
  'internal',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/** What crosses: plain data. */
export interface FailureData {
  readonly code: FailureCode;
  /** One sentence or two: what happened, to which file, what is safe, what to do next. */
  readonly message: string;
}

/** An expected failure. Anything else that is thrown is a bug and becomes `internal`. */
export class Failure extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.code = code;
  }
}
