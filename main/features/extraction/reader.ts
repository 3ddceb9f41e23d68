// Images as pixels, read and decoded in a thread of its own: onnxruntime-node computes on the thread that calls it, and
// nothing else could go on there meanwhile.
import { Worker } from 'node:worker_threads';
import { built } from '../../process/child.ts';
import { giveTurnsTo, isAboutTurns, lineOver } from '../../process/turns.ts';
import { careNow } from './care.ts';
import type { ReadImage, ReadReply, ReadRequest } from './reading.ts';

export class Reader {
  // Nobody listens for an error of the thread: then the whole process ends with it, and its parent tells.
  readonly #thread = new Worker(built(new URL('./reading.ts', import.meta.url)), { workerData: careNow() });
  readonly #waiting = new Map<number, PromiseWithResolvers<ReadImage>>();
  #nextId = 1;
  #busy = 0;

  constructor() {
    giveTurnsTo({
      ...lineOver(this.#thread),
      onExit: (listener) => void this.#thread.once('exit', listener),
    });
    this.#thread.on('message', (message: ReadReply) => {
      if (isAboutTurns(message)) return;
      const { id, read, busy } = message;
      this.#busy = busy;
      this.#waiting.get(id)?.resolve(read);
      this.#waiting.delete(id);
    });
  }

  /** Seconds in which there was something to read. */
  get busy(): number {
    return this.#busy;
  }

  read(file: string, side: number): Promise<ReadImage> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<ReadImage>();
    this.#waiting.set(id, waiting);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    this.#thread.postMessage({ id, file, side } satisfies ReadRequest);
    return waiting.promise;
  }

  /** Waits for what is being read: a decoder must not be stopped in the middle. */
  async close(): Promise<void> {
    await Promise.all([...this.#waiting.values()].map(({ promise }) => promise));
    await this.#thread.terminate();
  }
}
