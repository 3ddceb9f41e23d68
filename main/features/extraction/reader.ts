// Images as pixels, read and decoded in a thread of its own: onnxruntime-node computes on the thread that calls it, and
// nothing else could go on there meanwhile.
import { Worker } from 'node:worker_threads';
import { Asker } from '../../process/asking.ts';
import { built } from '../../process/child.ts';
import { lineOver } from '../../process/line.ts';
import { giveTurnsTo } from '../../process/turns.ts';
import { careNow } from './care.ts';
import type { ReadImage, ReadReply, ReadRequest } from './reading.ts';

export class Reader {
  // Nobody listens for an error of the thread: then the whole process ends with it, and its parent tells.
  readonly #thread = new Worker(built(new URL('./reading.ts', import.meta.url)), { workerData: careNow() });
  readonly #asker: Asker;
  #busy = 0;

  constructor() {
    const line = lineOver(this.#thread);
    giveTurnsTo({ ...line, onExit: (listener) => void this.#thread.once('exit', listener) });
    this.#asker = new Asker(line);
  }

  /** Seconds in which there was something to read. */
  get busy(): number {
    return this.#busy;
  }

  async read(file: string, side: number): Promise<ReadImage> {
    // A thread of this process is believed.
    const { read, busy } = await this.#asker.ask({ file, side } satisfies ReadRequest, {
      read: (answer) => answer as ReadReply,
    });
    this.#busy = busy;
    return read;
  }

  /** Waits for what is being read: a decoder must not be stopped in the middle. */
  async close(): Promise<void> {
    await this.#asker.answered();
    await this.#thread.terminate();
  }
}
