// Failures as the tests look at them.
import { Failure } from '../../shared/failure.ts';

/** The failure that the work ends with; anything else that it does is an error of the test. */
export async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was expected to fail, and went well');
}
