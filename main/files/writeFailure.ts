// Says what it means when something that is written whole or not at all could not be written.
import path from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { errorCode } from './reason.ts';

/** The `Failure` that a system error while writing `target` means: `disk-full` or `read-only`. Any other error as it is. */
export function writeFailure(error: unknown, target: string): unknown {
  if (error instanceof Failure) return error;
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Failure(
        'disk-full',
        `The disk is full: ${target} was not written, and the partial result was removed. Make room, or choose another disk.`,
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Failure('read-only', `${path.dirname(target)} cannot be written. Choose another place.`, {
        cause: error,
      });
    default:
      return error;
  }
}
