// How everything that takes long is cancelled, and how it tells what it does.
import type { Phase } from '../../shared/work.ts';

/** `Found`: what it hands on before its end. */
export interface Work<Found = never> {
  readonly signal: AbortSignal;
  /** `total` is null while it is unknown. */
  readonly progress: (phase: Phase, done: number, total: number | null) => void;
  /** A sentence for the user: what computes, what was gone on with, what was left out. */
  readonly note: (text: string) => void;
  /** Where this throws, what was found could not be kept: the work ends with that. */
  readonly found: (found: Found) => void;
}

/** For work that nobody follows. */
export function unfollowed(signal: AbortSignal = new AbortController().signal): Work<unknown> {
  return { signal, progress: () => {}, note: () => {}, found: () => {} };
}
