// Runs one asynchronous task per item, a bounded number at a time.

/**
 * Calls `task` for every item, in their order, at most `width` at once. After a rejection, or an abort (with the signal's
 * reason), no further task is started; those that run are waited for before it rejects, so that nothing goes on behind
 * the caller's back.
 */
export async function forEachParallel<T>(
  items: Iterable<T>,
  width: number,
  task: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  // All workers draw from one generator: where one of them throws, its loop closes the generator for all.
  const queue = drawFrom(items);
  const work = async () => {
    for (const item of queue) {
      signal?.throwIfAborted();
      await task(item);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, work));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function* drawFrom<T>(items: Iterable<T>): Generator<T> {
  yield* items;
}
