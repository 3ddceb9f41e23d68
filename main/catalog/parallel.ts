// Runs one asynchronous task per item, a bounded number at a time.

/**
 * Calls `task` for every item, in their order, at most `width` at once. The first rejection, or an abort (with the
 * signal's reason), ends it: no further task is started.
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
  await Promise.all(Array.from({ length: width }, work));
}

function* drawFrom<T>(items: Iterable<T>): Generator<T> {
  yield* items;
}
